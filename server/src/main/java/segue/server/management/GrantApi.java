package segue.server.management;

import segue.domain.grant.UserGrant;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.UserId;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.server.oauth.Domains;
import segue.storage.Grants;
import segue.storage.jdbc.GrantTable.Filter;

import tools.jackson.databind.node.ObjectNode;

import java.util.List;

/// What users have allowed clients (contract management-api §7). Taking it back ends the refresh
/// tokens that live by it.
public final class GrantApi {
    private final Grants grants;
    private final Domains domains;

    public GrantApi(Grants grants, Domains domains) {
        this.grants = grants;
        this.domains = domains;
    }

    List<Operation> operations() {
        return List.of(
                Operation.of(Method.GET, "/grants", "read:grants", this::list),
                Operation.of(Method.DELETE, "/grants/{id}", "delete:grants", this::delete),
                Operation.of(Method.DELETE, "/grants", "delete:grants", this::deleteOfUser));
    }

    private Result<Response> list(Call call) {
        var filter =
                new Filter(
                        call.query("user_id").map(UserId::new),
                        call.query("client_id").map(ClientId::new),
                        call.query("audience").map(it -> domains.isUserinfo(it) ? "" : it));
        return Page.of(call)
                .then(
                        page -> {
                            var found =
                                    grants.page(filter, page.number() * page.size(), page.size());
                            var shown = found.grants().stream().map(this::shown).toList();
                            return new Result.Ok<>(
                                    page.offset(shown, found.total(), "grants", call));
                        });
    }

    private ObjectNode shown(UserGrant grant) {
        var object = Page.JSON.createObjectNode();
        object.put("id", grant.id().value())
                .put("clientID", grant.client().value())
                .put("user_id", grant.user().value())
                .put("audience", grant.audience().orElseGet(domains::userinfoAudience));
        var scopes = object.putArray("scope");
        List.of(grant.scope().split(" ", -1)).forEach(scopes::add);
        grant.organization().ifPresent(it -> object.put("organization_id", it.value()));
        return object;
    }

    private Result<Response> delete(Call call) {
        grants.delete(
                new GrantId(call.request().pathParameter("id")), call.event("Delete a grant", 204));
        return new Result.Ok<>(Response.of(204));
    }

    /// Without a user it would be everybody's, which is never meant (THREATS R47.5).
    private Result<Response> deleteOfUser(Call call) {
        var user = call.query("user_id");
        if (user.isEmpty())
            return new Result.Failed<>(
                    ManagementError.query("Missing required property: user_id", "user_id"));
        grants.deleteOf(new UserId(user.get()), call.event("Delete the grants of a user", 204));
        return new Result.Ok<>(Response.of(204));
    }
}
