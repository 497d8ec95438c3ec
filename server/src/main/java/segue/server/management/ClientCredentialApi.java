package segue.server.management;

import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.secret.Mint;

import tools.jackson.databind.node.ObjectNode;

import java.time.Clock;
import java.util.List;

/// `/clients/{id}/credentials` (contract management-api §2).
final class ClientCredentialApi {
    private static final ManagementError UNKNOWN =
            ManagementError.notFound("The credential does not exist", "inexistent_credential");

    private final Clients clients;
    private final Mint mint;
    private final Clock clock;

    ClientCredentialApi(Clients clients, Mint mint, Clock clock) {
        this.clients = clients;
        this.mint = mint;
        this.clock = clock;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(
                        Method.GET,
                        "/clients/{id}/credentials",
                        "read:client_credentials",
                        this::list),
                Operation.of(
                        Method.POST,
                        "/clients/{id}/credentials",
                        "create:client_credentials",
                        this::create),
                Operation.of(
                        Method.GET,
                        "/clients/{id}/credentials/{credential}",
                        "read:client_credentials",
                        this::get),
                Operation.of(
                        Method.PATCH,
                        "/clients/{id}/credentials/{credential}",
                        "update:client_credentials",
                        this::patch),
                Operation.of(
                        Method.DELETE,
                        "/clients/{id}/credentials/{credential}",
                        "delete:client_credentials",
                        this::delete));
    }

    private Result<Response> list(Call call) {
        return clients.document(call)
                .then(
                        client -> {
                            var shown = Page.JSON.createArrayNode();
                            ClientCredentials.all(client)
                                    .forEach(it -> shown.add(CredentialDocument.shown(it)));
                            return new Result.Ok<>(Response.json(200, shown.toString()));
                        });
    }

    private Result<Response> get(Call call) {
        return clients.document(call)
                .then(client -> find(client, call))
                .then(it -> new Result.Ok<>(Page.json(200, CredentialDocument.shown(it))));
    }

    private static Result<ObjectNode> find(ObjectNode client, Call call) {
        return ClientCredentials.find(client, id(call))
                .<Result<ObjectNode>>map(Result.Ok::new)
                .orElseGet(() -> new Result.Failed<>(UNKNOWN));
    }

    private static String id(Call call) {
        return call.request().pathParameter("credential");
    }

    private Result<Response> create(Call call) {
        return call.object()
                .then(CredentialDocument::checked)
                .then(
                        body -> {
                            var made =
                                    CredentialDocument.of(body, mint.credential(), clock.instant());
                            return clients.change(
                                            call,
                                            "Create a client credential",
                                            client -> ClientCredentials.added(client, made))
                                    .then(
                                            _ ->
                                                    new Result.Ok<>(
                                                            Page.json(
                                                                    201,
                                                                    CredentialDocument.shown(
                                                                            made))));
                        });
    }

    private Result<Response> patch(Call call) {
        return call.object()
                .then(
                        body ->
                                clients.change(
                                        call,
                                        "Update a client credential",
                                        client ->
                                                find(client, call)
                                                        .then(
                                                                it ->
                                                                        CredentialDocument.patch(
                                                                                it,
                                                                                body,
                                                                                clock.instant()))
                                                        .then(
                                                                it ->
                                                                        ClientCredentials.changed(
                                                                                client, it))))
                .then(client -> find(client, call))
                .then(it -> new Result.Ok<>(Page.json(200, CredentialDocument.shown(it))));
    }

    private Result<Response> delete(Call call) {
        return clients.change(
                        call,
                        "Delete a client credential",
                        client -> ClientCredentials.removed(client, id(call)))
                .then(_ -> new Result.Ok<>(Response.of(204)));
    }
}
