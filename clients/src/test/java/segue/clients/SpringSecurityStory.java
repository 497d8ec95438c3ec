package segue.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.nimbusds.jwt.JWTParser;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2ClientCredentialsGrantRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2RefreshTokenGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientClientCredentialsTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.RestClientRefreshTokenTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2AccessToken;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2RefreshToken;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.web.client.RestClient;

import segue.demo.browser.BrowserJar;
import segue.demo.browser.Page;
import segue.demo.story.World;
import segue.demo.wire.Wire;

import java.net.URI;
import java.net.http.HttpRequest;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// Spring Security's OAuth2 client and resource server, unmodified, in an ordinary Spring Boot app.
class SpringSecurityStory extends ClientScene {
    private static final String COOKIE = "auth0_session_transfer_token";

    private Optional<ServletWebServerApplicationContext> app = Optional.empty();

    @BeforeAll
    void startApp() {
        app = Optional.of(SpringApp.start(world().issuer(), world().shopSecret()));
        changeClient(
                World.SHOP,
                """
                {"callbacks":["%s"],"allowed_logout_urls":["%s"],
                 "oidc_logout":{"backchannel_logout_urls":["%s"]}}
                """
                        .formatted(
                                at("/login/oauth2/code/" + SpringApp.PROVIDER),
                                at("/bye"),
                                at("/logout/connect/back-channel/" + SpringApp.PROVIDER)));
    }

    @AfterAll
    void stopApp() {
        app.ifPresent(ServletWebServerApplicationContext::close);
    }

    private URI at(String path) {
        var port = Objects.requireNonNull(app.orElseThrow().getWebServer()).getPort();
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /// Where its sign-in begins.
    private URI login(Map<String, String> more) {
        return Wire.with(at("/oauth2/authorization/" + SpringApp.PROVIDER), more);
    }

    private Page signIn(BrowserJar browser) {
        var page = browser.open(at("/"));
        return browser.submit(page, Map.of("username", World.ADA, "password", world().password()));
    }

    private String transferToken() {
        return phone().exchange().text("access_token");
    }

    private static boolean welcomesAda(Page page) {
        return page.heading().equals("Welcome, Ada Lovelace");
    }

    @Test
    void aPersonSignsInByCodeWithPkceAndNonce() {
        var browser = browser();
        var page = browser.open(at("/"));
        assertThat(page.asksToSignIn()).isTrue();
        var authorize =
                page.visited().stream()
                        .filter(it -> it.getPath().equals("/authorize"))
                        .map(it -> Wire.parameters(it.getRawQuery()))
                        .findFirst()
                        .orElseThrow();
        assertThat(authorize)
                .containsEntry("response_type", "code")
                .containsEntry("code_challenge_method", "S256")
                .containsKeys("code_challenge", "nonce", "state");
        assertThat(welcomesAda(signIn(browser))).isTrue();
    }

    @Test
    void aTransferTokenInTheQueryIsPassedOnAndRedeemed() {
        var page = browser().open(login(Map.of("session_transfer_token", transferToken())));
        assertThat(welcomesAda(page)).isTrue();
    }

    @Test
    void aTransferTokenInTheCookieIsRedeemed() {
        var browser = browser();
        browser.plant(world().issuer(), COOKIE, transferToken());
        assertThat(welcomesAda(browser.open(at("/")))).isTrue();
        assertThat(browser.cookie(world().issuer(), COOKIE)).isEmpty();
    }

    @Test
    void aTransferTokenIsRedeemedOnce() {
        var visit = login(Map.of("session_transfer_token", transferToken()));
        assertThat(welcomesAda(browser().open(visit))).isTrue();
        assertThat(browser().open(visit).asksToSignIn()).isTrue();
    }

    /// Spring checks the new ID token against the old one: issuer, subject, audience, `iat`,
    /// `auth_time`, `nonce` (OIDC Core §12.2).
    @Test
    void theClientRefreshes() throws ParseException {
        var browser = browser();
        signIn(browser);
        var token = browser.open(at("/token")).body();
        assertThat(JWTParser.parse(token).getJWTClaimsSet().getStringClaim("gty"))
                .isEqualTo("refresh_token");
        assertThat(welcomesAda(browser.open(at("/")))).isTrue();
    }

    @Test
    void signingOutOfTheAppSignsOutOfTheServer() {
        var browser = browser();
        signIn(browser);
        var asked = browser.open(at("/logout"));
        var page = browser.submit(asked, Map.of());
        assertThat(page.visited()).anyMatch(it -> it.getPath().equals("/oidc/logout"));
        assertThat(page.url()).isEqualTo(at("/bye"));
        assertThat(browser.open(at("/")).asksToSignIn()).isTrue();
    }

    /// What an app would write that wants to mint: the grant is Spring's, the audience is added.
    private RestClientRefreshTokenTokenResponseClient minting() {
        var client = new RestClientRefreshTokenTokenResponseClient();
        client.setParametersCustomizer(it -> it.set("audience", "urn:localhost:session_transfer"));
        return client;
    }

    private OAuth2RefreshTokenGrantRequest refreshGrant() {
        var registration =
                ClientRegistrations.fromIssuerLocation(world().issuer().toString())
                        .clientId(World.APP)
                        .clientAuthenticationMethod(ClientAuthenticationMethod.NONE)
                        .build();
        var phone = phone();
        var now = Instant.now();
        return new OAuth2RefreshTokenGrantRequest(
                registration,
                new OAuth2AccessToken(
                        OAuth2AccessToken.TokenType.BEARER,
                        phone.accessToken(),
                        now,
                        now.plusSeconds(60)),
                new OAuth2RefreshToken(phone.refreshToken(), now));
    }

    private static String text(Map<String, Object> fields, String name) {
        return fields.getOrDefault(name, "").toString();
    }

    /// Spring knows no `token_type` but `Bearer` and `DPoP`: an app that mints says how the answer
    /// is read.
    @Test
    void theClientMintsIfItIsToldHowToReadTheAnswer() {
        assertThatExceptionOfType(OAuth2AuthorizationException.class)
                .isThrownBy(() -> minting().getTokenResponse(refreshGrant()))
                .withMessageContaining("invalid_token_response");
        var reading = new OAuth2AccessTokenResponseHttpMessageConverter();
        reading.setAccessTokenResponseConverter(
                fields ->
                        OAuth2AccessTokenResponse.withToken(text(fields, "access_token"))
                                .tokenType(
                                        new OAuth2AccessToken.TokenType(text(fields, "token_type")))
                                .build());
        var client = minting();
        client.setRestClient(
                RestClient.builder()
                        .configureMessageConverters(
                                it ->
                                        it.addCustomConverter(new FormHttpMessageConverter())
                                                .addCustomConverter(reading))
                        .build());
        var token = client.getTokenResponse(refreshGrant()).getAccessToken();
        assertThat(token.getTokenType().getValue()).isEqualTo("N_A");
        var visit = login(Map.of("session_transfer_token", token.getTokenValue()));
        assertThat(welcomesAda(browser().open(visit))).isTrue();
    }

    /// An operator's program: Spring asks for the token, and the program calls the API with it.
    @Test
    void theClientCallsTheManagementApiAsAMachine() {
        var machine = world().managementTokenRequest();
        var registration =
                ClientRegistrations.fromIssuerLocation(world().issuer().toString())
                        .clientId(machine.getOrDefault("client_id", ""))
                        .clientSecret(machine.getOrDefault("client_secret", ""))
                        .authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
                        .build();
        var client = new RestClientClientCredentialsTokenResponseClient();
        var api = world().issuer().resolve("api/v2/");
        client.setParametersCustomizer(it -> it.set("audience", api.toString()));
        var token =
                client.getTokenResponse(new OAuth2ClientCredentialsGrantRequest(registration))
                        .getAccessToken()
                        .getTokenValue();
        var user =
                RestClient.create()
                        .get()
                        .uri(api.resolve("users-by-email?email=" + World.ADA))
                        .headers(it -> it.setBearerAuth(token))
                        .retrieve()
                        .body(String.class);
        assertThat(user).contains("Ada Lovelace");
    }

    /// OIDC Back-Channel Logout: Spring checks the token and ends the session that it names.
    @Test
    void theAppIsToldWhenTheSessionEndsElsewhere() {
        var browser = browser();
        signIn(browser);
        assertThat(welcomesAda(browser.open(at("/")))).isTrue();
        browser.open(world().issuer().resolve("v2/logout"));
        var deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!browser.open(at("/")).asksToSignIn())
            assertThat(System.nanoTime()).as("told in time").isLessThan(deadline);
    }

    private int askedForOrders(String bearer) {
        var request =
                HttpRequest.newBuilder(at("/api/orders"))
                        .header("Authorization", "Bearer " + bearer);
        return world().wire(HERE).send(request).statusCode();
    }

    @Test
    void theApiAcceptsAnAccessTokenThatIsForIt() {
        assertThat(askedForOrders(phone().accessToken())).isEqualTo(200);
        var browser = browser();
        signIn(browser);
        assertThat(askedForOrders(browser.open(at("/token")).body())).isEqualTo(200);
    }

    @Test
    void theApiRefusesAnythingElse() {
        var phone = phone();
        assertThat(askedForOrders(managementToken())).as("another API's").isEqualTo(401);
        assertThat(askedForOrders(phone.idToken())).as("an ID token").isEqualTo(401);
        assertThat(askedForOrders(phone.refreshToken())).as("opaque").isEqualTo(401);
        var transfer = phone.exchange().text("access_token");
        assertThat(askedForOrders(transfer)).as("a transfer token").isEqualTo(401);
        var tampered = phone.accessToken().replaceFirst("\\.[^.]{8}", ".AAAAAAAA");
        assertThat(askedForOrders(tampered)).as("one changed on the way").isEqualTo(401);
    }

    @Test
    void theApiRefusesATokenWithoutItsScope() {
        var phone = world().phone(HERE);
        assertThat(phone.signIn(World.ADA, world().password(), "openid").isOk()).isTrue();
        assertThat(askedForOrders(phone.accessToken())).isEqualTo(403);
    }
}
