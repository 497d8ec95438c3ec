package segue.acceptance;

/// `oauth4webapi` 3.8.8, of which openid-client is made.
class Oauth4webapiStory extends OpenidClientContract {
    Oauth4webapiStory() {
        super("oauth4webapi.js");
    }
}
