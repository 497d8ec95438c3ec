package segue.server.management;

import segue.domain.action.Policy;
import segue.domain.authorize.Ask;
import segue.domain.authorize.SignOn;
import segue.domain.client.Client;
import segue.domain.client.Delivery;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.network.Device;
import segue.domain.secret.Secret;
import segue.domain.transfer.Challenge;
import segue.domain.transfer.Check;
import segue.domain.transfer.Claim;
import segue.domain.transfer.Presented;
import segue.domain.transfer.Reason;
import segue.domain.transfer.Transfer;
import segue.server.http.AddressParser;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.oauth.Callers;
import segue.server.oauth.Origins;
import segue.server.oauth.Registry;
import segue.server.secret.TransferVerifier;
import segue.storage.Circumstances;
import segue.storage.Explanations;
import segue.storage.Explanations.Explained;
import segue.storage.Explanations.Ticket;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Why a session transfer token would be accepted or refused, check by check; nothing is consumed,
/// and Actions aren't asked (ours beside the contract, native-to-web §14).
final class ExplainApi {
    private static final long LONGEST = 31_557_600;

    private static final ManagementError NO_CLIENT =
            ManagementError.notFound("The client does not exist", "inexistent_client");
    private static final ManagementError NOTHING =
            ManagementError.notFound(
                    "The session transfer token or the session does not exist",
                    "inexistent_session_transfer");

    private static final Schema SCHEMA =
            new Schema()
                    .required("client_id", "ip")
                    .with("session_transfer_token", Schema.text())
                    .with("id", Schema.text())
                    .with("client_id", Schema.text())
                    .with("ip", Schema.text(ExplainApi::addressProblems))
                    .with("method", Schema.oneOf("cookie", "query"))
                    .with("session_id", Schema.text())
                    .with("organization", Schema.text())
                    .with("connection", Schema.text())
                    .with("transfer_verifier", Schema.text(ExplainApi::verifierProblems))
                    .with("prompt", Schema.oneOf("none", "login", "select_account", "consent"))
                    .with("max_age", Schema.whole(0, LONGEST));

    private final Explanations explanations;
    private final Registry registry;
    private final Origins origins;

    ExplainApi(Explanations explanations, Registry registry, Origins origins) {
        this.explanations = explanations;
        this.registry = registry;
        this.origins = origins;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(
                        Method.POST,
                        "/session-transfers/explain",
                        "read:session_transfers",
                        this::explain));
    }

    private Result<Response> explain(Call call) {
        return call.object().then(this::explain);
    }

    private Result<Response> explain(ObjectNode body) {
        var problems = SCHEMA.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        if (body.has("session_transfer_token") == body.has("id"))
            return new Result.Failed<>(
                    ManagementError.body("Either session_transfer_token or id is needed"));
        return registry.client(new ClientId(body.path("client_id").asString()))
                .map(Registry.Registered::client)
                .map(client -> explain(body, client))
                .orElseGet(() -> new Result.Failed<>(NO_CLIENT));
    }

    private Result<Response> explain(ObjectNode body, Client client) {
        var organization = text(body, "organization").flatMap(registry::organization);
        if (body.has("organization") && organization.isEmpty())
            return new Result.Failed<>(ManagementError.body("The organization does not exist"));
        var connection = text(body, "connection").flatMap(registry::connection);
        if (body.has("connection") && connection.isEmpty())
            return new Result.Failed<>(ManagementError.body("The connection does not exist"));
        var tenant = registry.tenant();
        var address = AddressParser.parse(body.path("ip").asString()).orElseThrow();
        var circumstances =
                new Circumstances(
                        Callers.caller(client),
                        ask(body),
                        organization.map(Registry.Organization::id),
                        connection,
                        Optional.empty(),
                        text(body, "transfer_verifier")
                                .flatMap(TransferVerifier::parse)
                                .map(Challenge::of),
                        origins.device(address, ""),
                        tenant.sessions(),
                        tenant.transferredSessions(),
                        new Policy.None());
        return explanations
                .explain(ticket(body), text(body, "session_id").map(SessionId::new), circumstances)
                .<Result<Response>>map(
                        it -> new Result.Ok<>(Page.json(200, shown(it, method(body, client)))))
                .orElseGet(() -> new Result.Failed<>(NOTHING));
    }

    private static Ticket ticket(ObjectNode body) {
        return text(body, "session_transfer_token")
                .<Ticket>map(token -> new Ticket.Presented(new Secret(token).hash()))
                .orElseGet(() -> new Ticket.Named(new TransferId(body.path("id").asString())));
    }

    private static Ask ask(ObjectNode body) {
        var prompt = body.path("prompt").asString("");
        return new Ask(
                prompt.equals("none"),
                Set.of("login", "select_account").contains(prompt),
                body.has("max_age")
                        ? Optional.of(Duration.ofSeconds(body.path("max_age").asLong()))
                        : Optional.empty(),
                Optional.empty());
    }

    private static Optional<String> text(ObjectNode body, String name) {
        return body.has(name) ? Optional.of(body.path(name).asString()) : Optional.empty();
    }

    private static List<String> addressProblems(String text) {
        return AddressParser.parse(text).isPresent() ? List.of() : List.of("Not an IP address");
    }

    private static List<String> verifierProblems(String text) {
        return TransferVerifier.parse(text).isPresent() ? List.of() : List.of("Not a verifier");
    }

    /// Step 2 of contract native-to-web §5.2: whether the token would be looked at.
    private record Delivered(Delivery method, Set<Delivery> allowed, boolean isLookedAt) {}

    private static Delivered method(ObjectNode body, Client client) {
        var method =
                Delivery.valueOf(body.path("method").asString("cookie").toUpperCase(Locale.ROOT));
        var token = List.of(new Secret("any").hash());
        var presented =
                Presented.in(
                        client.transfer().accepted(),
                        true,
                        method == Delivery.COOKIE ? token : List.of(),
                        method == Delivery.QUERY ? token : List.of());
        return new Delivered(
                method, client.transfer().accepted(), presented instanceof Presented.Once);
    }

    private static ObjectNode shown(Explained explained, Delivered delivered) {
        var json = Page.JSON.createObjectNode();
        var refusal =
                delivered.isLookedAt()
                        ? explained.refusal()
                        : Optional.of(Reason.METHOD_NOT_ALLOWED);
        json.put("outcome", refusal.isEmpty() ? "accepted" : "refused");
        refusal.ifPresent(reason -> json.put("reason", reason.code()));
        explained.transfer().ifPresent(it -> json.set("session_transfer_token", shown(it)));
        var checks = json.putArray("checks");
        checks.add(shown(delivered));
        checks.add(shown(explained.claim(), explained.transfer()));
        explained.checks().forEach(check -> checks.add(shown(check)));
        explained
                .authentication()
                .ifPresent(it -> checks.add(shown(it, explained.transfer().orElseThrow())));
        return json;
    }

    private static ObjectNode shown(Transfer transfer) {
        return Page.JSON
                .createObjectNode()
                .put("id", transfer.id().value())
                .put("client_id", transfer.issuer().value())
                .put("user_id", transfer.user().value())
                .put("issued_at", Documents.time(transfer.issuedAt()))
                .put("expires_at", Documents.time(transfer.expiresAt()));
    }

    private static ObjectNode check(String name, Optional<Reason> failure, ObjectNode inputs) {
        var json = Page.JSON.createObjectNode().put("check", name);
        json.put("passed", failure.isEmpty());
        failure.ifPresent(reason -> json.put("reason", reason.code()));
        json.set("inputs", inputs);
        return json;
    }

    private static ObjectNode inputs() {
        return Page.JSON.createObjectNode();
    }

    private static String wire(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static ObjectNode shown(Delivered delivered) {
        var inputs = inputs().put("method", wire(delivered.method()));
        var allowed = inputs.putArray("allowed");
        delivered.allowed().stream().sorted().map(ExplainApi::wire).forEach(allowed::add);
        return check(
                "method",
                delivered.isLookedAt() ? Optional.empty() : Optional.of(Reason.METHOD_NOT_ALLOWED),
                inputs);
    }

    private static ObjectNode shown(Claim claim, Optional<Transfer> transfer) {
        var inputs = inputs().put("known", transfer.isPresent());
        var failure =
                switch (claim) {
                    case Claim.Taken _ -> Optional.<Reason>empty();
                    case Claim.UnknownOrUsed _ -> Optional.of(Reason.UNKNOWN_OR_USED);
                    case Claim.Expired _ -> Optional.of(Reason.EXPIRED);
                    case Claim.Conflicting _ -> Optional.of(Reason.CONFLICT);
                    case Claim.VerifierMissing _ -> Optional.of(Reason.VERIFIER_MISSING);
                    case Claim.VerifierWrong _ -> Optional.of(Reason.VERIFIER_WRONG);
                };
        return check("token", failure, inputs);
    }

    private static ObjectNode shown(SignOn.Verdict verdict, Transfer transfer) {
        return check(
                "authentication",
                verdict == SignOn.Verdict.PROCEED
                        ? Optional.empty()
                        : Optional.of(Reason.REAUTHENTICATION_REQUIRED),
                inputs().put("authenticated_at", Documents.time(transfer.authentication().at())));
    }

    private static ObjectNode shown(Check check) {
        return switch (check) {
            case Check.UserExists(var user) ->
                    check("user_exists", check.failure(), inputs().put("user", wire(user)));
            case Check.DeviceBound device -> shown(device);
            case Check.UserActive(var user) ->
                    check("user_active", check.failure(), inputs().put("user", wire(user)));
            case Check.ParentLive(var parent, var isLive) ->
                    check(
                            "parent_live",
                            check.failure(),
                            inputs().put("refresh_token_id", parent.value()).put("live", isLive));
            case Check.IssuerAllowed(var issuer, var isAllowed) ->
                    check(
                            "issuer_allowed",
                            check.failure(),
                            inputs().put("client_id", issuer.value()).put("allowed", isAllowed));
            case Check.OrganizationEqual(var issuedFor, var requested) -> {
                var inputs = inputs();
                issuedFor.ifPresent(it -> inputs.put("issued_for", it.value()));
                requested.ifPresent(it -> inputs.put("requested", it.value()));
                yield check("organization", check.failure(), inputs);
            }
            case Check.Member(var organization, var isMember) -> {
                var inputs = inputs().put("member", isMember);
                organization.ifPresent(it -> inputs.put("organization", it.value()));
                yield check("member", check.failure(), inputs);
            }
            case Check.ConnectionEnabled(var connection, var isEnabled) ->
                    check(
                            "connection",
                            check.failure(),
                            inputs().put("connection_id", connection.value())
                                    .put("enabled", isEnabled));
            case Check.Targeted(var target, var redeemer) -> {
                var inputs = inputs().put("client_id", redeemer.value());
                target.ifPresent(it -> inputs.put("target_client_id", it.value()));
                yield check("target", check.failure(), inputs);
            }
            case Check.SameUser(var user, var session) -> {
                var inputs = inputs().put("user_id", user.value());
                session.ifPresent(
                        it ->
                                inputs.put("session_id", it.id().value())
                                        .put("session_user_id", it.user().value()));
                yield check("same_user", check.failure(), inputs);
            }
        };
    }

    private static ObjectNode shown(Check.DeviceBound device) {
        var inputs =
                inputs().put("enforce_device_binding", wire(device.binding()))
                        .put("network_same_asn", device.systemSuffices())
                        .put("verified", device.isProven());
        inputs.set("issued_to", shown(device.issuedTo()));
        inputs.set("presented_by", shown(device.presentedBy()));
        inputs.put("found", device.match().code());
        return check("device_binding", device.failure(), inputs);
    }

    private static JsonNode shown(Device device) {
        var json = inputs().put("ip", device.address().toString());
        device.asn().ifPresent(asn -> json.put("asn", asn));
        return json;
    }
}
