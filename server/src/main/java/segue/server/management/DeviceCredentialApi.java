package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.UserId;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.storage.Observations;
import segue.storage.Revocations;
import segue.storage.jdbc.FamilyTable;

import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;

/// Refresh tokens as the devices that hold them (contract management-api §7).
public final class DeviceCredentialApi {
    /// The most refresh tokens of a user that are looked at: five clients full of them.
    private static final int MOST = 1_000;

    private final Observations observations;
    private final Revocations revocations;

    public DeviceCredentialApi(Observations observations, Revocations revocations) {
        this.observations = observations;
        this.revocations = revocations;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(
                        Method.GET, "/device-credentials", "read:device_credentials", this::list),
                Operation.of(
                        Method.DELETE,
                        "/device-credentials/{id}",
                        "delete:device_credentials",
                        this::delete));
    }

    private Result<Response> list(Call call) {
        var user = call.query("user_id");
        if (user.isEmpty())
            return new Result.Failed<>(
                    ManagementError.query("Missing required property: user_id", "user_id"));
        var type = call.query("type").orElse("refresh_token");
        if (!List.of("public_key", "refresh_token", "rotating_refresh_token").contains(type))
            return new Result.Failed<>(ManagementError.query("No such type", "type"));
        var tokens =
                observations
                        .families(
                                new UserId(user.get()),
                                call.query("client_id").map(ClientId::new),
                                Optional.empty(),
                                MOST)
                        .stream()
                        .map(DeviceCredentialApi::shown)
                        .filter(it -> it.path("type").asString().equals(type))
                        .toList();
        return Page.of(call).then(page -> page.render(tokens, "device_credentials", "id", call));
    }

    private static ObjectNode shown(FamilyTable.Shown shown) {
        var family = shown.family();
        return Page.JSON
                .createObjectNode()
                .put("id", family.id().value())
                .put("device_name", shown.initial().userAgent())
                .put("device_id", family.id().value())
                .put("type", family.rotating() ? "rotating_refresh_token" : "refresh_token")
                .put("user_id", family.user().value())
                .put("client_id", family.client().value());
    }

    private Result<Response> delete(Call call) {
        revocations.revokeFamilies(
                List.of(new FamilyId(call.request().pathParameter("id"))),
                call.event("Delete a device credential", 204));
        return new Result.Ok<>(Response.of(204));
    }
}
