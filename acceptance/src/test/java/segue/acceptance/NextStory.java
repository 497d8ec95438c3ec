package segue.acceptance;

/// `@auth0/nextjs-auth0` 4.30.0 with `next` 15, whose logout is OpenID Connect's (contract
/// sdk-calls §6).
class NextStory extends RelyingPartyContract {
    NextStory() {
        super("next.js");
    }

    @Override
    String authMethod() {
        return "client_secret_post";
    }

    @Override
    String login() {
        return "/auth/login";
    }

    @Override
    String callbackPath() {
        return "/auth/callback";
    }

    @Override
    String logout() {
        return "/auth/logout";
    }

    @Override
    String userinfo() {
        return "/auth/profile";
    }
}
