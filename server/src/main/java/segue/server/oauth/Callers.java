package segue.server.oauth;

import com.nimbusds.jose.JWSAlgorithm;

import segue.domain.client.Client;
import segue.domain.identifier.ClientId;
import segue.domain.log.Origin;
import segue.domain.secret.Secret;
import segue.domain.token.KeyThumbprint;
import segue.server.http.Parameters;
import segue.server.http.Request;
import segue.server.http.Response;
import segue.server.trail.Trail;
import segue.storage.Caller;
import segue.storage.Proofs;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The client behind a request to a token endpoint (contract authentication-api §4.1).
public final class Callers {
    /// How a client may prove who it is, for discovery.
    public static final List<String> METHODS =
            List.of(
                    "client_secret_basic",
                    "client_secret_post",
                    "client_secret_jwt",
                    "private_key_jwt");

    /// For what a key may be registered.
    public static final List<String> KEY_ALGORITHMS =
            ClientAssertion.ASYMMETRIC.stream().map(JWSAlgorithm::getName).toList();

    /// By what an assertion may be signed, for discovery.
    public static final List<String> ALGORITHMS =
            Stream.concat(KEY_ALGORITHMS.stream(), Stream.of(ClientAssertion.SYMMETRIC.getName()))
                    .toList();

    /// The parameters that prove who is calling, which nothing else may keep.
    public static final List<String> CREDENTIALS =
            List.of("client_secret", "client_assertion", "client_assertion_type");

    private final Registry registry;
    private final Origins origins;
    private final Domains domains;
    private final Proofs used;
    private final SecretGate gate;
    private final Clock clock;

    /// @param used assertions, on any node
    /// @param gate in front of all secrets
    public Callers(
            Registry registry,
            Origins origins,
            Domains domains,
            Proofs used,
            SecretGate gate,
            Clock clock) {
        this.registry = registry;
        this.origins = origins;
        this.domains = domains;
        this.used = used;
        this.gate = gate;
        this.clock = clock;
    }

    /// Who is calling.
    public sealed interface Identified {
        /// @param isAuthenticated it proved who it is; a public client can't
        /// @param key that the request proves possession of, if it does
        record Known(
                Client client,
                Secret secret,
                boolean isAuthenticated,
                Optional<KeyThumbprint> key,
                Origin origin)
                implements Identified {
            /// As the storage's use cases want it.
            public Caller caller() {
                return Callers.caller(client, key);
            }

            /// The same with proof that it possesses a key.
            public Known possessing(KeyThumbprint proved) {
                return new Known(client, secret, isAuthenticated, Optional.of(proved), origin);
            }
        }

        /// @param basic whether the answer must name the Basic scheme (RFC 6749 §5.2)
        record Unknown(OAuthError error, boolean basic) implements Identified {
            /// As an HTTP answer.
            public Response response(Terms terms) {
                var answer = terms.told(error).response();
                return basic
                        ? answer.withHeader("WWW-Authenticate", "Basic realm=\"segue\"")
                        : answer;
            }
        }
    }

    /// As the storage's use cases want a client that asks by a browser.
    public static Caller caller(Client client) {
        return caller(client, Optional.empty());
    }

    private static Caller caller(Client client, Optional<KeyThumbprint> key) {
        return new Caller(
                client.id(),
                client.name(),
                client.refresh(),
                client.transfer(),
                client.isPublic(),
                key);
    }

    private static final String TYPE = "client_assertion_type";
    private static final String TEXT = "client_assertion";
    private static final List<String> ASSERTION = List.of(TYPE, TEXT);
    private static final Optional<AssertionFlaw> NO_FLAW = Optional.empty();

    private record Presented(String clientId, Optional<String> secret, boolean basic) {}

    /// Identifies the client by an assertion, by Basic authentication or by `client_id` and
    /// `client_secret`, and authenticates it unless it is public. It must use the method that it is
    /// registered for, and no other beside it (THREATS R19.1). An unknown client looks like one
    /// that proves nothing (THREATS T-34).
    public Identified identify(Request request, Parameters parameters) {
        var identified = identified(request, parameters);
        if (identified instanceof Identified.Known known) Trail.by(known.client().id());
        return identified;
    }

    private Identified identified(Request request, Parameters parameters) {
        var basic = request.headers().first("Authorization").filter(Callers::isBasic);
        var secret = parameters.one("client_secret");
        var asserts = ASSERTION.stream().anyMatch(name -> parameters.one(name).isPresent());
        var ways = Stream.of(basic.isPresent(), secret.isPresent(), asserts);
        if (ways.filter(it -> it).count() > 1)
            return new Identified.Unknown(
                    OAuthError.of(
                            OAuthError.Code.INVALID_REQUEST,
                            "Client credentials were sent in more than one way"),
                    false);
        if (asserts) return byAssertion(request, parameters);
        var named = parameters.one("client_id");
        if (basic.isPresent())
            return decode(basic.get())
                    .filter(it -> named.isEmpty() || named.get().equals(it.clientId()))
                    .map(it -> bySecret(request, it))
                    .orElseGet(() -> denied(true));
        return named.map(id -> bySecret(request, new Presented(id, secret, false)))
                .orElseGet(() -> new Identified.Unknown(OAuthError.missing("client_id"), false));
    }

    private Identified bySecret(Request request, Presented presented) {
        var id = new ClientId(presented.clientId());
        var identified =
                registry.client(id)
                        .map(it -> compared(request, presented, it))
                        .orElseGet(() -> denied(presented.basic()));
        var isPublic = identified instanceof Identified.Known known && !known.isAuthenticated();
        // Who presents none has guessed nothing, and nor has a public client.
        if (presented.secret().isEmpty() || isPublic) return identified;
        return gate.refusal(id, origins.of(request), identified instanceof Identified.Known)
                .<Identified>map(error -> new Identified.Unknown(error, false))
                .orElse(identified);
    }

    private Identified compared(
            Request request, Presented presented, Registry.Registered registered) {
        var client = registered.client();
        var secret = registered.secret();
        // FAPI 2.0 Security Profile §5.3.2.1: no public clients and no secrets.
        if (client.isFapi()) return denied(presented.basic());
        return switch (client.authentication()) {
            // A public client's secret proves nothing, so it isn't looked at.
            case NONE ->
                    new Identified.Known(
                            client, secret, false, Optional.empty(), origins.of(request));
            case CLIENT_SECRET ->
                    presented
                            .secret()
                            .filter(text -> new Secret(text).sameAs(secret))
                            .map(_ -> authenticated(request, registered))
                            .orElseGet(() -> denied(presented.basic()));
            case CLIENT_SECRET_JWT, PRIVATE_KEY_JWT, MUTUAL_TLS -> denied(presented.basic());
        };
    }

    private Identified authenticated(Request request, Registry.Registered registered) {
        var client = registered.client();
        return new Identified.Known(
                client, registered.secret(), true, Optional.empty(), origins.of(request, client));
    }

    private Identified byAssertion(Request request, Parameters parameters) {
        for (var name : ASSERTION)
            if (parameters.one(name).isEmpty())
                return new Identified.Unknown(OAuthError.missing(name), false);
        if (!parameters.one(TYPE).equals(Optional.of(ClientAssertion.TYPE)))
            return refused(AssertionFlaw.METHOD);
        var now = clock.instant();
        var read =
                ClientAssertion.read(
                        parameters.one(TEXT).orElseThrow(),
                        parameters.one("client_id"),
                        domains.issuer(request.host()),
                        now);
        return switch (read) {
            case ClientAssertion.Read.Flawed(var flaw) -> refused(flaw);
            case ClientAssertion.Read.Plausible(var assertion) -> verified(request, assertion, now);
        };
    }

    private Identified verified(Request request, ClientAssertion assertion, Instant now) {
        var signer = registry.client(assertion.client()).filter(it -> isSigned(assertion, it, now));
        var isRight = signer.isPresent();
        // One that is signed by a secret is a guess at it, like the secret itself.
        var tooMany =
                assertion.isBySecret()
                        ? gate.refusal(assertion.client(), origins.of(request), isRight)
                        : Optional.<OAuthError>empty();
        if (tooMany.isPresent()) return new Identified.Unknown(tooMany.get(), false);
        return signer.map(it -> spent(request, assertion, it, now))
                .orElseGet(() -> refused(AssertionFlaw.SIGNATURE));
    }

    private static boolean isSigned(
            ClientAssertion assertion, Registry.Registered registered, Instant now) {
        return switch (registered.client().authentication()) {
            case CLIENT_SECRET_JWT -> assertion.isSignedBy(registered.secret());
            case PRIVATE_KEY_JWT -> assertion.isSignedBy(registered.keys(), now);
            case NONE, CLIENT_SECRET, MUTUAL_TLS -> false;
        };
    }

    /// It is spent last: only who has the key can spend it.
    private Identified spent(
            Request request,
            ClientAssertion assertion,
            Registry.Registered registered,
            Instant now) {
        var flaw = registered.client().isFapi() ? assertion.flawOfFapi() : NO_FLAW;
        if (flaw.isPresent()) return refused(flaw.get());
        return used.claim(assertion.once(), assertion.remembered(now))
                ? authenticated(request, registered)
                : refused(AssertionFlaw.REPLAYED);
    }

    private static Identified refused(AssertionFlaw flaw) {
        return new Identified.Unknown(flaw.error(), false);
    }

    private static Identified denied(boolean basic) {
        return new Identified.Unknown(
                OAuthError.of(OAuthError.Code.CLIENT_DENIED, "Unauthorized"), basic);
    }

    private static boolean isBasic(String header) {
        return header.equalsIgnoreCase("Basic")
                || header.regionMatches(true, 0, "Basic ", 0, "Basic ".length());
    }

    /// RFC 6749 §2.3.1: id and secret are form-encoded inside the base64.
    private static Optional<Presented> decode(String header) {
        try {
            var bytes = Base64.getDecoder().decode(header.substring("Basic".length()).strip());
            var text = new String(bytes, StandardCharsets.UTF_8);
            var colon = text.indexOf(':');
            if (colon < 1) return Optional.empty();
            var id = formDecoded(text.substring(0, colon));
            var secret = formDecoded(text.substring(colon + 1));
            return secret.isPresent()
                    ? id.map(it -> new Presented(it, secret.filter(of -> !of.isEmpty()), true))
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /// Empty if it isn't well-formed. What a client sends without encoding it means itself, as far
    /// as it can be told.
    private static Optional<String> formDecoded(String text) {
        return Parameters.parse("it=" + text.replace("&", "%26"))
                .map(parsed -> parsed.one("it").orElse(""));
    }
}
