package segue.server.management;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// The credentials in a client's document. They are a member that the client doesn't show, so that
/// one change of a document is one change of both; `client_authentication_methods` and
/// `signed_request_object` name those that count, and for what.
final class ClientCredentials {
    private static final String MEMBER = "credentials";
    private static final String METHODS_MEMBER = "client_authentication_methods";

    /// One to use and one to change to.
    private static final int MOST = 2;

    private static final Schema REFERENCE = new Schema().required("id").with("id", Schema.text());

    /// `client_authentication_methods`.
    static final Schema METHODS =
            new Schema()
                    .with(
                            "private_key_jwt",
                            Schema.object(
                                    new Schema()
                                            .required(MEMBER)
                                            .with(
                                                    MEMBER,
                                                    Schema.array(
                                                            ClientCredentials::checkItem, MOST))))
                    .with(Schema.anyObject(), "tls_client_auth", "self_signed_tls_client_auth");

    /// `signed_request_object` (RFC 9101).
    static final Schema REQUESTS =
            new Schema()
                    .with("required", Schema.flag())
                    .with(MEMBER, Schema.array(ClientCredentials::checkItem, MOST));

    private ClientCredentials() {}

    /// The id of a credential that there is, or a new one.
    private static void checkItem(JsonNode item, String path, List<String> problems) {
        if (item.has("id")) Schema.object(REFERENCE).check(item, path, problems);
        else CredentialDocument.check(item, path, problems);
    }

    /// What is wrong with the methods of a changed client: there must be one and no other, so that
    /// no weaker one is left open beside it (THREATS R19.1).
    static Optional<ManagementError> problem(ObjectNode changed, ObjectNode body) {
        var methods = changed.path(METHODS_MEMBER);
        if (methods.isMissingNode()) return Optional.empty();
        if (methods.size() != 1)
            return Optional.of(ManagementError.body(METHODS_MEMBER + " has exactly one method"));
        return body.path("token_endpoint_auth_method").isString()
                ? Optional.of(
                        ManagementError.body(
                                "token_endpoint_auth_method and client_authentication_methods"
                                        + " exclude each other"))
                : Optional.empty();
    }

    /// Takes the keys that a client brings along where it names those that count into the document,
    /// and leaves their ids there. One that it brings twice is one. If it brings any, those that it
    /// names nowhere are gone; lists of nothing but ids delete none.
    static Result<ObjectNode> takenIn(ObjectNode client, Supplier<String> ids, Instant now) {
        var fresh = new ArrayList<ObjectNode>();
        for (var items : named(client))
            for (var i = 0; i < items.size(); i++) {
                var item = items.get(i);
                if (!item.has("id"))
                    items.set(i, reference(brought((ObjectNode) item, fresh, ids, now)));
                else if (find(client, id(item)).isEmpty())
                    return new Result.Failed<>(
                            ManagementError.body(
                                    "No such credential: " + Schema.shortened(id(item))));
            }
        var counting = counting(client);
        var stored =
                all(client).stream().filter(it -> fresh.isEmpty() || counting.contains(id(it)));
        return with(client, Stream.concat(stored, fresh.stream()).toList());
    }

    private static ObjectNode brought(
            ObjectNode item, List<ObjectNode> fresh, Supplier<String> ids, Instant now) {
        var made = CredentialDocument.of(item, ids.get(), now);
        var same = fresh.stream().filter(it -> isSame(it, made)).findFirst();
        if (same.isEmpty()) fresh.add(made);
        return same.orElse(made);
    }

    private static boolean isSame(ObjectNode one, ObjectNode other) {
        return CredentialDocument.written(one).equals(CredentialDocument.written(other));
    }

    /// The client with one more credential, which doesn't count yet.
    static Result<ObjectNode> added(ObjectNode client, ObjectNode credential) {
        return with(client, Stream.concat(all(client).stream(), Stream.of(credential)).toList());
    }

    /// The client in which a credential is another.
    static Result<ObjectNode> changed(ObjectNode client, ObjectNode credential) {
        return with(
                client,
                all(client).stream()
                        .map(it -> id(it).equals(id(credential)) ? credential : it)
                        .toList());
    }

    /// The client without a credential, which counts no more either.
    static Result<ObjectNode> removed(ObjectNode client, String id) {
        named(client).forEach(items -> items.removeIf(it -> id(it).equals(id)));
        return with(client, all(client).stream().filter(it -> !id(it).equals(id)).toList());
    }

    private static Result<ObjectNode> with(ObjectNode client, List<ObjectNode> credentials) {
        if (credentials.size() > MOST)
            return new Result.Failed<>(
                    ManagementError.refused(
                            "A client has at most " + MOST + " credentials: delete one first"));
        var kids = credentials.stream().map(it -> it.path("kid").asString()).distinct();
        if (kids.count() < credentials.size())
            return new Result.Failed<>(
                    ManagementError.conflict(
                            "A credential with the same kid already exists.", "conflict"));
        client.remove(MEMBER);
        if (!credentials.isEmpty()) client.putArray(MEMBER).addAll(credentials);
        return new Result.Ok<>(client);
    }

    /// The lists of those that count: to authenticate by, and to sign requests by.
    private static List<ArrayNode> named(ObjectNode client) {
        return Stream.of(
                        client.path(METHODS_MEMBER).path("private_key_jwt").path(MEMBER),
                        client.path("signed_request_object").path(MEMBER))
                .filter(ArrayNode.class::isInstance)
                .map(ArrayNode.class::cast)
                .toList();
    }

    /// The ids of those that count for something.
    private static List<String> counting(ObjectNode client) {
        return named(client).stream()
                .flatMap(ArrayNode::valueStream)
                .map(ClientCredentials::id)
                .toList();
    }

    private static ObjectNode reference(ObjectNode credential) {
        return Page.JSON.createObjectNode().put("id", id(credential));
    }

    private static String id(JsonNode item) {
        return item.path("id").asString("");
    }

    /// All credentials of a client, whether they count or not.
    static List<ObjectNode> all(ObjectNode client) {
        return client.path(MEMBER).valueStream().map(ObjectNode.class::cast).toList();
    }

    /// One of them.
    static Optional<ObjectNode> find(ObjectNode client, String id) {
        return all(client).stream().filter(it -> id(it).equals(id)).findFirst();
    }

    /// Takes them out of a client's document, which doesn't show them.
    static void hide(ObjectNode client) {
        client.remove(MEMBER);
    }

    /// Puts those that count where a client's document has their ids, for a tenant file.
    static void write(ObjectNode client) {
        for (var items : named(client)) {
            var counting = items.valueStream().map(ClientCredentials::id).toList();
            items.removeAll();
            all(client).stream()
                    .filter(it -> counting.contains(id(it)))
                    .forEach(it -> items.add(CredentialDocument.written(it)));
        }
        hide(client);
    }

    /// Puts the ids of credentials that a client has where a tenant file has those same keys, so
    /// that they are no news.
    static void recognise(ObjectNode client, ObjectNode wanted, Instant now) {
        for (var items : named(wanted))
            for (var i = 0; i < items.size(); i++) {
                var problems = new ArrayList<String>();
                CredentialDocument.check(items.get(i), "", problems);
                if (!problems.isEmpty()) continue;
                var item = CredentialDocument.of((ObjectNode) items.get(i), "", now);
                var place = i;
                all(client).stream()
                        .filter(it -> isSame(it, item))
                        .findFirst()
                        .ifPresent(it -> items.set(place, reference(it)));
            }
    }
}
