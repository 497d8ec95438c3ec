package segue.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.auth0.android.Auth0;
import com.auth0.android.authentication.AuthenticationAPIClient;
import com.auth0.android.authentication.AuthenticationException;
import com.auth0.android.result.Credentials;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.phone.App;
import segue.demo.story.World;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

/// The published Auth0.Android, unmodified, as far as it runs without a device (contract sdk-calls
/// §1.3): all that its API client does. What it takes from Android stands beside this, in the
/// packages `android`.
class Auth0AndroidStory extends ClientScene {
    private static final String USERS = "Username-Password-Authentication";
    private static final String URN = "urn:localhost:session_transfer";

    /// It speaks https only, and takes a domain with a port.
    private Auth0 account() {
        return new Auth0(World.APP, world().issuer().getAuthority());
    }

    private AuthenticationAPIClient client() {
        return new AuthenticationAPIClient(account());
    }

    private String redirectUri() {
        return new App(world().issuer(), World.APP).redirectUri().toString();
    }

    @BeforeAll
    void allowLogout() {
        changeClient(World.APP, "{\"allowed_logout_urls\":[\"" + redirectUri() + "\"]}");
    }

    /// The SDK checks the claims of the ID token too.
    private Credentials signedIn(String password) {
        return client().login(World.ADA, password, USERS)
                .setScope("openid profile email offline_access")
                .validateClaims()
                .execute();
    }

    private Credentials signedIn() {
        return signedIn(world().password());
    }

    private Credentials transfer() {
        return client().renewAuth(refreshToken(signedIn())).addParameter("audience", URN).execute();
    }

    private static String refreshToken(Credentials credentials) {
        return Objects.requireNonNull(credentials.getRefreshToken());
    }

    @Test
    void itSignsInByPassword() {
        var credentials = signedIn();
        assertThat(credentials.getType()).isEqualTo("Bearer");
        assertThat(credentials.getRefreshToken()).isNotEmpty();
        assertThat(credentials.getScope()).isEqualTo("openid profile email offline_access");
        assertThat(credentials.getUser().getName()).isEqualTo("Ada Lovelace");
        assertThatExceptionOfType(AuthenticationException.class)
                .isThrownBy(() -> signedIn("wrong"))
                .matches(AuthenticationException::isInvalidCredentials);
    }

    /// What `WebAuthProvider.login` sends the browser to.
    private URI authorize(Pkce pkce) {
        return Wire.with(
                URI.create(account().getAuthorizeUrl()),
                Map.of(
                        "client_id",
                        World.APP,
                        "response_type",
                        "code",
                        "redirect_uri",
                        redirectUri(),
                        "scope",
                        "openid profile email offline_access",
                        "state",
                        "s1",
                        "nonce",
                        Pkce.nonce(),
                        "code_challenge",
                        pkce.challenge(),
                        "code_challenge_method",
                        "S256"));
    }

    /// By code, the browser being a person's.
    private Credentials signedIn(BrowserJar browser) {
        var pkce = Pkce.fresh();
        var page = browser.openUntilAway(authorize(pkce));
        var back =
                browser.submitUntilAway(
                        page, Map.of("username", World.ADA, "password", world().password()));
        var code = back.parameter("code").orElseThrow();
        return client().token(code, pkce.verifier(), redirectUri()).execute();
    }

    @Test
    void itSignsInByCode() {
        var credentials = signedIn(browser());
        assertThat(credentials.getRefreshToken()).isNotEmpty();
        assertThat(credentials.getUser().getEmail()).isEqualTo(World.ADA);
    }

    @Test
    void itRefreshesAndReadsWhoIsSignedIn() {
        var first = signedIn();
        var second = client().renewAuth(refreshToken(first)).execute();
        assertThat(second.getRefreshToken()).isNotEmpty().isNotEqualTo(first.getRefreshToken());
        var user = client().userInfo(second.getAccessToken()).execute();
        assertThat(user.getId()).isEqualTo(first.getUser().getId());
        assertThat(user.getEmail()).isEqualTo(World.ADA);
    }

    @Test
    void itMintsATransferTokenWhichAWebAppRedeemsByQuery() {
        var transfer = transfer();
        assertThat(transfer.getType()).isEqualTo("N_A");
        assertThat(transfer.getUser().getName()).isEqualTo("Ada Lovelace");
        var page = browser().open(world().shop().loginUri(transfer.getAccessToken()));
        assertThat(page.body()).contains("Welcome, Ada Lovelace");
        assertThat(client().renewAuth(refreshToken(transfer)).execute().getAccessToken())
                .isNotEmpty();
    }

    @Test
    void itMintsATransferTokenWhichAWebAppRedeemsByCookie() {
        var browser = browser();
        browser.plant(
                world().issuer(), "auth0_session_transfer_token", transfer().getAccessToken());
        var page = browser.open(world().shop().loginUri());
        assertThat(page.body()).contains("Welcome, Ada Lovelace");
    }

    @Test
    void itRevokes() {
        var credentials = signedIn();
        client().revokeToken(refreshToken(credentials)).execute();
        assertThatExceptionOfType(AuthenticationException.class)
                .isThrownBy(() -> client().renewAuth(refreshToken(credentials)).execute())
                .matches(AuthenticationException::isInvalidRefreshToken);
    }

    @Test
    void itSignsSomebodyUpWhoIsSignedInAtOnce() {
        var email = UUID.randomUUID() + "@example.org";
        var password = "correct horse battery";
        var credentials =
                client().signUp(email, password, null, USERS, Map.of("colour", "blue"))
                        .setScope("openid profile email offline_access")
                        .validateClaims()
                        .execute();
        assertThat(credentials.getRefreshToken()).isNotEmpty();
        assertThat(credentials.getUser().getEmail()).isEqualTo(email);
        assertThatExceptionOfType(AuthenticationException.class)
                .isThrownBy(() -> client().createUser(email, password, USERS).execute())
                .matches(it -> it.getStatusCode() == 400)
                .matches(it -> it.getCode().equals("invalid_signup"))
                .matches(it -> it.getDescription().equals("Invalid sign up"));
    }

    @Test
    void itCreatesAUser() {
        var email = UUID.randomUUID() + "@example.org";
        var created = client().createUser(email, "correct horse battery", USERS).execute();
        assertThat(created.getEmail()).isEqualTo(email);
        assertThat(created.isEmailVerified()).isFalse();
    }

    /// It tells the rules in sentences of its own making.
    @Test
    void itKnowsAPasswordThatIsTooWeak() {
        var email = UUID.randomUUID() + "@example.org";
        assertThatExceptionOfType(AuthenticationException.class)
                .isThrownBy(() -> client().createUser(email, "short", USERS).execute())
                .matches(AuthenticationException::isPasswordNotStrongEnough)
                .matches(it -> it.getDescription().contains("At least 8 characters in length"));
    }

    @Test
    void itAsksForANewPassword() {
        client().resetPassword(World.ADA, USERS).execute();
    }

    /// Its own check of the signature waits for the main thread, so that here its keys do.
    @Test
    void itsKeysVerifyTheIdToken() throws Exception {
        var parts = signedIn().getIdToken().split("\\.", -1);
        var keys = new HashMap<>(client().fetchJsonWebKeys().execute());
        assertThat(keys).isNotEmpty();
        var header = new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8);
        var named = keys.keySet().stream().filter(header::contains).findFirst().orElseThrow();
        var check = Signature.getInstance("SHA256withRSA");
        check.initVerify(keys.get(named));
        check.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
        assertThat(check.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
    }

    /// Where `WebAuthProvider.logout` sends the browser.
    @Test
    void itSignsTheBrowserOut() {
        var browser = browser();
        signedIn(browser);
        assertThat(browser.openUntilAway(authorize(Pkce.fresh())).asksToSignIn()).isFalse();
        var page =
                browser.openUntilAway(
                        Wire.with(
                                URI.create(account().getLogoutUrl()),
                                Map.of("client_id", World.APP, "returnTo", redirectUri())));
        assertThat(page.location()).hasValue(URI.create(redirectUri()));
        assertThat(browser.openUntilAway(authorize(Pkce.fresh())).asksToSignIn()).isTrue();
    }
}
