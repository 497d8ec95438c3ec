package segue.server.management;

import segue.domain.family.Member;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.revocation.Receipt;
import segue.server.http.Method;
import segue.server.http.Response;
import segue.storage.FamilyTrees;
import segue.storage.Revocations;

import tools.jackson.databind.node.ObjectNode;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// A native sign-in and all that stems from it, as a tree, and what a revocation would end now
/// (ours beside the contract, native-to-web §14).
public final class FamilyApi {
    private static final List<String> BOTH = List.of("read:sessions", "read:refresh_tokens");

    private final FamilyTrees trees;
    private final Revocations revocations;

    public FamilyApi(FamilyTrees trees, Revocations revocations) {
        this.trees = trees;
        this.revocations = revocations;
    }

    List<Operation> operations() {
        return List.of(
                Operation.all(Method.GET, "/refresh-tokens/{id}/family", BOTH, this::ofToken),
                Operation.all(Method.GET, "/sessions/{id}/family", BOTH, this::ofSession));
    }

    private Result<Response> ofToken(Call call) {
        var id = new FamilyId(call.request().pathParameter("id"));
        return answer(call, trees.of(id), () -> revocations.previewOf(id), SessionApi.NO_TOKEN);
    }

    private Result<Response> ofSession(Call call) {
        var id = new SessionId(call.request().pathParameter("id"));
        return answer(call, trees.of(id), () -> revocations.previewOf(id), SessionApi.NO_SESSION);
    }

    private static Result<Response> answer(
            Call call,
            Optional<Member> root,
            Supplier<Receipt> preview,
            ManagementError otherwise) {
        if (root.isEmpty()) return new Result.Failed<>(otherwise);
        var wanted = call.query("preview");
        if (wanted.isEmpty()) {
            var object = Page.JSON.createObjectNode();
            object.set("root", shown(root.get()));
            return new Result.Ok<>(Page.json(200, object));
        }
        return wanted.get().equals("revoke")
                ? new Result.Ok<>(Page.json(200, Receipts.json(preview.get())))
                : new Result.Failed<>(
                        ManagementError.query("Expected the value revoke", "preview"));
    }

    private static ObjectNode shown(Member member) {
        var object = Page.JSON.createObjectNode();
        object.put("kind", member.kind().wire()).put("id", member.id());
        member.client().ifPresent(client -> object.put("client_id", client.value()));
        object.put("state", member.state().wire())
                .put("created_at", Documents.time(member.createdAt()));
        member.endedAt().ifPresent(at -> object.put("ended_at", Documents.time(at)));
        member.cause().ifPresent(cause -> object.put("cause", cause));
        member.address().ifPresent(address -> object.put("ip", address.toString()));
        var children = object.putArray("children");
        member.children().forEach(child -> children.add(shown(child)));
        return object;
    }
}
