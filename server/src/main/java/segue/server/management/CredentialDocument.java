package segue.server.management;

import com.nimbusds.jose.JWSAlgorithm;

import segue.server.oauth.Callers;
import segue.server.oauth.ClientKey;
import segue.server.oauth.PublicKeyPem;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// The document of a credential: a public key by which a client may sign its assertions (contract
/// authentication-api §4.1) or its requests.
final class CredentialDocument {
    private static final int LONGEST_PEM = 8_192;

    private static final Schema FIELDS =
            new Schema()
                    .required("credential_type", "pem")
                    .with("credential_type", Schema.oneOf("public_key"))
                    .with("name", Schema.text(Pattern.compile("[^<>]{0,128}"), "a short name"))
                    .with("pem", Schema.text(CredentialDocument::pemProblems))
                    .with("alg", Schema.oneOf(Callers.KEY_ALGORITHMS.toArray(String[]::new)))
                    .with(
                            "kid",
                            Schema.text(
                                    Pattern.compile("[A-Za-z0-9_-]{10,64}"),
                                    "10 to 64 letters, digits, _ and -"))
                    .with("expires_at", Schema.text(CredentialDocument::timeProblems))
                    .with("parse_expiry_from_cert", Schema.flag());

    private static final Schema CHANGE =
            new Schema()
                    .required("expires_at")
                    .with("expires_at", Schema.text(CredentialDocument::timeProblems))
                    .nullable("expires_at");

    private CredentialDocument() {}

    private static List<String> pemProblems(String text) {
        if (text.contains("PRIVATE KEY"))
            return List.of("This is a private key: keep it, and register its public key");
        var pem =
                text.length() > LONGEST_PEM
                        ? Optional.<PublicKeyPem>empty()
                        : PublicKeyPem.parse(text);
        if (pem.isEmpty()) return List.of("Not a PEM with one PUBLIC KEY or one CERTIFICATE in it");
        return ClientKey.algorithms(pem.get().key()).isEmpty()
                ? List.of("Not an RSA key of 2048 to 4096 bits, a P-256 key or an Ed25519 key")
                : List.of();
    }

    private static List<String> timeProblems(String text) {
        return time(text).isPresent() ? List.of() : List.of("Not an ISO 8601 date and time");
    }

    private static Optional<Instant> time(String text) {
        try {
            return Optional.of(OffsetDateTime.parse(text))
                    .filter(at -> at.getYear() >= 0 && at.getYear() <= 9999)
                    .map(OffsetDateTime::toInstant);
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /// Adds what is wrong with a key that is to be registered.
    static void check(JsonNode wanted, String path, List<String> problems) {
        Schema.object(FIELDS).check(wanted, path, problems);
        var algorithm = wanted.path("alg").asString("");
        var isOther =
                PublicKeyPem.parse(wanted.path("pem").asString(""))
                        .map(pem -> ClientKey.algorithms(pem.key()))
                        .filter(those -> those.stream().noneMatch(it -> is(it, algorithm)))
                        .isPresent();
        if (isOther && Callers.KEY_ALGORITHMS.contains(algorithm))
            Schema.problem(
                    "This key can't sign by " + algorithm,
                    path.isEmpty() ? "alg" : path + ".alg",
                    problems);
    }

    /// The body of a request, if nothing is wrong with it.
    static Result<ObjectNode> checked(ObjectNode body) {
        var problems = new ArrayList<String>();
        check(body, "", problems);
        return problems.isEmpty()
                ? new Result.Ok<>(body)
                : new Result.Failed<>(ManagementError.body(problems));
    }

    private static boolean is(JWSAlgorithm algorithm, String name) {
        return algorithm.getName().equals(name);
    }

    /// A new one.
    ///
    /// @param wanted [#check] has found nothing wrong with it
    static ObjectNode of(ObjectNode wanted, String id, Instant now) {
        var pem = PublicKeyPem.parse(wanted.path("pem").asString()).orElseThrow();
        var usual = ClientKey.algorithms(pem.key()).getFirst().getName();
        var document =
                Page.JSON
                        .createObjectNode()
                        .put("id", id)
                        .put("credential_type", wanted.path("credential_type").asString())
                        .put("name", wanted.path("name").asString(""))
                        .put("kid", wanted.path("kid").asString(ClientKey.thumbprint(pem.key())))
                        .put("alg", wanted.path("alg").asString(usual))
                        .put("pem", wanted.path("pem").asString().strip());
        var ofCertificate =
                wanted.path("parse_expiry_from_cert").asBoolean(false)
                        ? pem.notAfter()
                        : Optional.<Instant>empty();
        time(wanted.path("expires_at").asString(""))
                .or(() -> ofCertificate)
                .ifPresent(at -> document.put("expires_at", Documents.time(at)));
        return document.put("created_at", Documents.time(now))
                .put("updated_at", Documents.time(now));
    }

    /// The same with another end, or with none.
    static Result<ObjectNode> patch(ObjectNode stored, ObjectNode body, Instant now) {
        var problems = CHANGE.problems(body);
        if (!problems.isEmpty()) return new Result.Failed<>(ManagementError.body(problems));
        var changed = stored.deepCopy();
        changed.remove("expires_at");
        time(body.path("expires_at").asString(""))
                .ifPresent(at -> changed.put("expires_at", Documents.time(at)));
        return new Result.Ok<>(changed.put("updated_at", Documents.time(now)));
    }

    /// As the Management API shows it: without the key, as at Auth0.
    static ObjectNode shown(ObjectNode stored) {
        var shown = stored.deepCopy();
        shown.remove("pem");
        return shown;
    }

    /// As a tenant file has it.
    static ObjectNode written(ObjectNode stored) {
        var written = stored.deepCopy();
        written.remove(List.of("id", "created_at", "updated_at"));
        return written;
    }
}
