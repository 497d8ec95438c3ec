package segue.server.management;

import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.revocation.Receipt;
import segue.server.http.Response;

import tools.jackson.databind.node.ObjectNode;

/// What was ended, or would be, as JSON (contract native-to-web §14).
final class Receipts {
    private Receipts() {}

    /// The body of a preview, and of an answer that has room for one.
    static ObjectNode json(Receipt receipt) {
        var object = Page.JSON.createObjectNode();
        var sessions = object.putArray("sessions");
        receipt.sessions().stream().map(SessionId::value).sorted().forEach(sessions::add);
        var tokens = object.putArray("refresh_tokens");
        receipt.families().stream().map(FamilyId::value).sorted().forEach(tokens::add);
        var transfers = object.putArray("session_transfer_tokens");
        receipt.transfers().stream().map(TransferId::value).sorted().forEach(transfers::add);
        return object;
    }

    /// 202: it has happened already, although the contract promises only that it will.
    static Result<Response> accepted(Receipt receipt) {
        return new Result.Ok<>(Page.json(202, json(receipt)));
    }
}
