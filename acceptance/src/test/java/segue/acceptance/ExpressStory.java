package segue.acceptance;

/// `express-openid-connect` 3.4.0, by authorization code, with logout as Auth0 has it (contract
/// sdk-calls §5).
class ExpressStory extends RelyingPartyContract {
    ExpressStory() {
        super("express.js");
    }

    @Override
    String authMethod() {
        return "client_secret_basic";
    }
}
