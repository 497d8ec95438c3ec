package segue.acceptance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.auth0.client.auth.AuthAPI;
import com.auth0.client.mgmt.ManagementApi;
import com.auth0.client.mgmt.errors.NotFoundError;
import com.auth0.client.mgmt.types.ClientSessionTransferAllowedAuthenticationMethodsEnum;
import com.auth0.client.mgmt.types.ClientSessionTransferConfiguration;
import com.auth0.client.mgmt.types.ClientSessionTransferDeviceBindingEnum;
import com.auth0.client.mgmt.types.CreateUserRequestContent;
import com.auth0.client.mgmt.types.ListLogsRequestParameters;
import com.auth0.client.mgmt.types.RefreshTokenResponseContent;
import com.auth0.client.mgmt.types.UpdateClientRequestContent;
import com.auth0.client.mgmt.types.UpdateSessionRequestContent;
import com.auth0.client.mgmt.types.UpdateUserRequestContent;
import com.auth0.exception.APIException;
import com.auth0.json.auth.TokenHolder;
import com.auth0.net.Request;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.phone.App;
import segue.demo.story.World;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.StreamSupport;

/// The published `com.auth0:auth0`, unmodified, over TLS with the development CA: what an app, a
/// web app and an operator's program do with it (contract sdk-calls §9).
class Auth0JavaStory extends BrowserScene {
    private static final String USERS = "Username-Password-Authentication";
    private static final String URN = "urn:localhost:session_transfer";

    Auth0JavaStory() {
        super(Map.of("server.tls.mode", "dev"));
    }

    @BeforeAll
    void prepare() {
        Wire.trustInThisProcess(world().caFile().orElseThrow());
        operator()
                .patchClient(
                        World.SHOP,
                        """
                        {"grant_types":["authorization_code","refresh_token",
                         "http://auth0.com/oauth/grant-type/password-realm"]}
                        """);
    }

    /// In the app, which has no secret.
    private AuthAPI app() {
        return AuthAPI.newBuilder(world().issuer().toString(), World.APP).build();
    }

    /// In the web app.
    private AuthAPI shop() {
        return AuthAPI.newBuilder(world().issuer().toString(), World.SHOP, world().shopSecret())
                .build();
    }

    private ManagementApi management() {
        var credentials = world().managementTokenRequest();
        return ManagementApi.builder()
                .domain(world().issuer().getAuthority())
                .clientCredentials(
                        credentials.getOrDefault("client_id", ""),
                        credentials.getOrDefault("client_secret", ""))
                .build();
    }

    private static <T> T answer(Request<T> request) throws Exception {
        return request.execute().getBody();
    }

    private TokenHolder signedIn() throws Exception {
        return signedIn(World.ADA, world().password());
    }

    /// In the app, by code with PKCE, in a browser that is its own.
    private TokenHolder signedIn(String user, String password) throws Exception {
        var pkce = Pkce.fresh();
        var redirectUri = new App(world().issuer(), World.APP).redirectUri().toString();
        var url =
                app().authorizeUrl(redirectUri)
                        .withScope("openid email offline_access")
                        .withState("s1")
                        .withCodeChallenge(pkce.challenge())
                        .build();
        var browser = browser();
        var page = signIn(browser, browser.openUntilAway(URI.create(url)), user, password);
        assertThat(page.parameter("state")).hasValue("s1");
        var code = page.parameter("code").orElseThrow();
        return answer(app().exchangeCodeWithVerifier(code, pkce.verifier(), redirectUri));
    }

    private String transferToken() throws Exception {
        var app = app();
        var refreshToken = signedIn().getRefreshToken();
        return answer(app.renewAuth(refreshToken).setAudience(URN)).getAccessToken();
    }

    /// Where the web app sends a browser that came with a token.
    private URI redemption(String transferToken) {
        return URI.create(
                shop().authorizeUrl(callback())
                        .withScope("openid profile offline_access")
                        .withState("s1")
                        .withParameter("session_transfer_token", transferToken)
                        .build());
    }

    private TokenHolder tokens(Page page) throws Exception {
        return answer(shop().exchangeCode(page.parameter("code").orElseThrow(), callback()));
    }

    @Test
    void theAppSignsInByCode() throws Exception {
        var tokens = signedIn();
        assertThat(tokens.getTokenType()).isEqualTo("Bearer");
        assertThat(tokens.getRefreshToken()).isNotEmpty();
        assertThat(claims(tokens.getIdToken()).path("email").asString()).isEqualTo(World.ADA);
        var who = answer(app().userInfo(tokens.getAccessToken())).getValues();
        assertThat(who).containsEntry("email", World.ADA);
    }

    private TokenHolder byPassword(String password) throws Exception {
        return answer(
                shop().login(World.ADA, password.toCharArray(), USERS).setScope("openid profile"));
    }

    /// The SDK insists on a client secret here.
    @Test
    void theWebAppSignsInByPassword() throws Exception {
        var tokens = byPassword(world().password());
        assertThat(claims(tokens.getIdToken()).path("name").asString()).isEqualTo("Ada Lovelace");
        assertThatExceptionOfType(APIException.class)
                .isThrownBy(() -> byPassword("wrong"))
                .matches(APIException::isInvalidCredentials)
                .matches(it -> it.getStatusCode() == 403);
    }

    @Test
    void theAppRefreshesAndRevokes() throws Exception {
        var first = signedIn();
        var second = answer(app().renewAuth(first.getRefreshToken()));
        assertThat(second.getAccessToken()).isNotEqualTo(first.getAccessToken());
        assertThat(second.getRefreshToken()).isNotEqualTo(first.getRefreshToken());
        app().revokeToken(second.getRefreshToken()).execute();
        isRefused(second.getRefreshToken());
    }

    private void isRefused(String refreshToken) {
        assertThatExceptionOfType(APIException.class)
                .isThrownBy(() -> app().renewAuth(refreshToken).execute())
                .matches(it -> it.getError().equals("invalid_grant"))
                .matches(
                        it -> it.getDescription().equals("Unknown or invalid refresh token."),
                        "the description that the SDKs know");
    }

    @Test
    void theAppSignsSomebodyUp() throws Exception {
        var email = UUID.randomUUID() + "@example.org";
        var password = "correct horse battery";
        var created =
                answer(
                        app().signUp(email, password.toCharArray(), USERS)
                                .setCustomFields(Map.of("colour", "blue")));
        assertThat(created.getEmail()).isEqualTo(email);
        assertThat(created.isEmailVerified()).isFalse();
        var user = management().users().get("auth0|" + created.getUserId());
        assertThat(user.getUserMetadata().orElseThrow()).containsEntry("colour", "blue");
        assertThat(signedIn(email, password).getRefreshToken()).isNotEmpty();
        assertThatExceptionOfType(APIException.class)
                .isThrownBy(() -> app().signUp(email, password.toCharArray(), USERS).execute())
                .matches(it -> it.getStatusCode() == 400)
                .matches(it -> it.getError().equals("invalid_signup"))
                .matches(it -> it.getDescription().equals("Invalid sign up"));
    }

    @Test
    void theAppAsksForANewPassword() throws Exception {
        var answer = app().resetPassword(World.ADA, USERS).execute();
        assertThat(answer.getStatusCode()).isEqualTo(200);
    }

    @Test
    void theAppMintsATransferTokenWhichTheWebAppRedeemsByQuery() throws Exception {
        var page = browser().openUntilAway(redemption(transferToken()));
        assertThat(page.parameter("state")).hasValue("s1");
        assertThat(claims(tokens(page).getIdToken()).path("name").asString())
                .isEqualTo("Ada Lovelace");
    }

    @Test
    void theWebAppRedeemsByCookie() throws Exception {
        var browser = browser();
        browser.plant(world().issuer(), COOKIE, transferToken());
        var url = shop().authorizeUrl(callback()).withScope("openid profile").build();
        var tokens = tokens(browser.openUntilAway(URI.create(url)));
        assertThat(claims(tokens.getIdToken()).path("name").asString()).isEqualTo("Ada Lovelace");
    }

    @Test
    void theWebAppPushesItsRequestWithTheTokenInside() throws Exception {
        var pushed =
                answer(
                        shop().pushedAuthorizationRequest(
                                        callback(),
                                        "code",
                                        Map.of(
                                                "scope",
                                                "openid profile",
                                                "session_transfer_token",
                                                transferToken())));
        assertThat(pushed.getExpiresIn()).isPositive();
        var url = URI.create(shop().authorizeUrlWithPAR(pushed.getRequestURI()));
        assertThat(tokens(browser().openUntilAway(url)).getIdToken()).isNotEmpty();
    }

    @Test
    void theWebAppSignsTheBrowserOut() throws Exception {
        var home = world().shop().origin() + "/";
        var browser = browser();
        tokens(browser.openUntilAway(redemption(transferToken())));
        assertThat(isSignedIn(browser)).isTrue();
        var page = browser.openUntilAway(URI.create(shop().logoutUrl(home, true).build()));
        assertThat(page.location()).hasValue(URI.create(home));
        assertThat(isSignedIn(browser)).isFalse();
    }

    @Test
    void theOperatorChangesWhatAClientMayDoWithTransfers() {
        var clients = management().clients();
        assertThat(clients.list())
                .extracting(it -> it.getClientId().orElseThrow())
                .contains(World.APP, World.SHOP);
        var before = clients.get(World.SHOP).getSessionTransfer().get();
        assertThat(before.getEnforceDeviceBinding())
                .hasValue(ClientSessionTransferDeviceBindingEnum.IP);
        var changed =
                ClientSessionTransferConfiguration.builder()
                        .from(before)
                        .allowedAuthenticationMethods(
                                List.of(
                                        ClientSessionTransferAllowedAuthenticationMethodsEnum
                                                .QUERY))
                        .build();
        changeTransfers(changed);
        assertThat(clients.get(World.SHOP).getSessionTransfer().get()).isEqualTo(changed);
        changeTransfers(before);
        assertThat(clients.get(World.SHOP).getSessionTransfer().get()).isEqualTo(before);
    }

    private void changeTransfers(ClientSessionTransferConfiguration to) {
        management()
                .clients()
                .update(
                        World.SHOP,
                        UpdateClientRequestContent.builder().sessionTransfer(to).build());
    }

    /// Somebody whom the SDK created.
    private record Somebody(String id, String email) {}

    private Somebody somebody() {
        var email = UUID.randomUUID() + "@example.org";
        var created =
                management()
                        .users()
                        .create(
                                CreateUserRequestContent.builder()
                                        .connection(USERS)
                                        .email(email)
                                        .password(Operator.PASSWORD)
                                        .build());
        return new Somebody(created.getUserId().orElseThrow(), email);
    }

    @Test
    void theOperatorCreatesBlocksAndDeletesAUser() throws Exception {
        var users = management().users();
        var user = somebody();
        assertThat(users.get(user.id()).getEmail()).hasValue(user.email());
        var tokens = signedIn(user.email(), Operator.PASSWORD);
        users.update(user.id(), UpdateUserRequestContent.builder().blocked(true).build());
        assertThatExceptionOfType(APIException.class)
                .isThrownBy(() -> app().renewAuth(tokens.getRefreshToken()).execute())
                .matches(it -> it.getDescription().equals("user is blocked"));
        users.delete(user.id());
        assertThatExceptionOfType(NotFoundError.class).isThrownBy(() -> users.get(user.id()));
    }

    /// A browser to which the user's app has handed its login.
    private BrowserJar transferredTo(Somebody user) throws Exception {
        var tokens = signedIn(user.email(), Operator.PASSWORD);
        var transfer = answer(app().renewAuth(tokens.getRefreshToken()).setAudience(URN));
        var browser = browser();
        tokens(browser.openUntilAway(redemption(transfer.getAccessToken())));
        return browser;
    }

    /// The session that the transfer opened: the browser in which the app signed in has one too.
    private String transferredSession(Somebody user) {
        return refreshTokens(user).stream()
                .filter(it -> it.getClientId().orElseThrow().equals(World.SHOP))
                .map(it -> it.getSessionId().get())
                .findFirst()
                .orElseThrow();
    }

    private List<RefreshTokenResponseContent> refreshTokens(Somebody user) {
        return StreamSupport.stream(
                        management().users().refreshToken().list(user.id()).spliterator(), false)
                .toList();
    }

    @Test
    void theOperatorReadsMarksAndRevokesASession() throws Exception {
        var user = somebody();
        var browser = transferredTo(user);
        var id = transferredSession(user);
        assertThat(management().users().sessions().list(user.id()))
                .extracting(it -> it.getId().orElseThrow())
                .hasSize(2)
                .contains(id);
        var sessions = management().sessions();
        sessions.update(
                id,
                UpdateSessionRequestContent.builder()
                        .sessionMetadata(Map.of("desk", "north"))
                        .build());
        var session = sessions.get(id);
        assertThat(session.getUserId()).hasValue(user.id());
        assertThat(session.getSessionMetadata().get()).containsEntry("desk", "north");
        assertThat(session.getClients().orElseThrow())
                .extracting(it -> it.getClientId().orElseThrow())
                .containsExactly(World.SHOP);
        sessions.revoke(id);
        assertThat(isSignedIn(browser)).isFalse();
        assertThatExceptionOfType(NotFoundError.class).isThrownBy(() -> sessions.get(id));
    }

    @Test
    void theOperatorDeletesASession() throws Exception {
        var user = somebody();
        var browser = transferredTo(user);
        management().sessions().delete(transferredSession(user));
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(management().users().sessions().list(user.id())).hasSize(1);
    }

    @Test
    void theOperatorDeletesAllSessionsAndRefreshTokensOfAUser() throws Exception {
        var user = somebody();
        var browser = transferredTo(user);
        management().users().sessions().delete(user.id());
        assertThat(isSignedIn(browser)).isFalse();
        management().users().refreshToken().delete(user.id());
        assertThat(refreshTokens(user)).isEmpty();
    }

    @Test
    void theOperatorReadsAndDeletesRefreshTokens() throws Exception {
        var user = somebody();
        var browser = transferredTo(user);
        var ofTheApp =
                refreshTokens(user).stream()
                        .filter(it -> it.getClientId().orElseThrow().equals(World.APP))
                        .map(it -> it.getId().orElseThrow())
                        .findFirst()
                        .orElseThrow();
        assertThat(refreshTokens(user)).hasSize(2);
        var refreshTokens = management().refreshTokens();
        assertThat(refreshTokens.get(ofTheApp).getUserId()).hasValue(user.id());
        // The app's transfers cascade, so that the browser's session ends with it.
        refreshTokens.delete(ofTheApp);
        assertThatExceptionOfType(NotFoundError.class)
                .isThrownBy(() -> refreshTokens.get(ofTheApp));
        assertThat(isSignedIn(browser)).isFalse();
    }

    @Test
    void theOperatorRevokesAllAccessOfAUser() throws Exception {
        var user = somebody();
        var browser = transferredTo(user);
        var another = signedIn(user.email(), Operator.PASSWORD);
        management().users().revokeAccess(user.id());
        isRefused(another.getRefreshToken());
        assertThat(isSignedIn(browser)).isFalse();
        assertThat(refreshTokens(user)).isEmpty();
    }

    @Test
    void theOperatorReadsTheLog() throws Exception {
        var user = somebody();
        transferredTo(user);
        var asked = ListLogsRequestParameters.builder().search("user_id:\"" + user.id() + "\"");
        assertThat(management().logs().list(asked.build()))
                .extracting(it -> it.getUserId().orElseThrow())
                .isNotEmpty()
                .containsOnly(user.id());
    }
}
