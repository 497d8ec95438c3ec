package segue.acceptance;

/// `openid-client` 6.8.9.
class OpenidClientStory extends OpenidClientContract {
    OpenidClientStory() {
        super("openid-client.js");
    }
}
