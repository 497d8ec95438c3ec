package segue.clients;

import static org.springframework.security.config.Customizer.withDefaults;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.RefreshTokenOAuth2AuthorizedClientProvider;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

import segue.demo.story.World;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// A web app and an API as their makers' guides have them: Spring Boot, Spring Security's OAuth2
/// client, which finds the server by discovery, and its resource server.
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
@RestController
class SpringApp {
    /// The name of the server in the app.
    static final String PROVIDER = "segue";

    /// Starts it on a free port.
    static ServletWebServerApplicationContext start(URI issuer, String clientSecret) {
        // The server in this process has its own idea of what is logged.
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE);
        var client = "spring.security.oauth2.client.";
        var registration = client + "registration." + PROVIDER + ".";
        var jwt = "spring.security.oauth2.resourceserver.jwt.";
        return (ServletWebServerApplicationContext)
                new SpringApplicationBuilder(SpringApp.class)
                        .web(WebApplicationType.SERVLET)
                        .properties(
                                Map.of(
                                        "spring.main.banner-mode",
                                        "off",
                                        "server.address",
                                        "127.0.0.1",
                                        "server.port",
                                        "0",
                                        client + "provider." + PROVIDER + ".issuer-uri",
                                        issuer.toString(),
                                        registration + "client-id",
                                        World.SHOP,
                                        registration + "client-secret",
                                        clientSecret,
                                        registration + "client-authentication-method",
                                        "client_secret_post",
                                        registration + "scope",
                                        "openid,profile,offline_access,read:orders",
                                        jwt + "issuer-uri",
                                        issuer.toString(),
                                        jwt + "audiences",
                                        World.API))
                        .run();
    }

    @Bean
    @Order(1)
    SecurityFilterChain api(HttpSecurity http) {
        return http.securityMatcher("/api/**")
                .authorizeHttpRequests(it -> it.anyRequest().hasAuthority("SCOPE_read:orders"))
                .oauth2ResourceServer(it -> it.jwt(withDefaults()))
                .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain web(HttpSecurity http, ClientRegistrationRepository registrations) {
        var requests = new DefaultOAuth2AuthorizationRequestResolver(registrations);
        requests.setAuthorizationRequestCustomizer(SpringApp::complete);
        var logout = new OidcClientInitiatedLogoutSuccessHandler(registrations);
        logout.setPostLogoutRedirectUri("{baseUrl}/bye");
        return http.authorizeHttpRequests(
                        it -> it.requestMatchers("/bye").permitAll().anyRequest().authenticated())
                .oauth2Login(
                        it ->
                                it.authorizationEndpoint(
                                        at -> at.authorizationRequestResolver(requests)))
                .logout(it -> it.logoutSuccessHandler(logout))
                .oidcLogout(it -> it.backChannel(withDefaults()))
                .build();
    }

    /// Asks for the API, and passes on a session transfer token that came with the visit.
    private static void complete(OAuth2AuthorizationRequest.Builder request) {
        var visit = (ServletRequestAttributes) RequestContextHolder.currentRequestAttributes();
        var token = Optional.ofNullable(visit.getRequest().getParameter("session_transfer_token"));
        request.additionalParameters(
                more -> {
                    more.put("audience", World.API);
                    token.ifPresent(it -> more.put("session_transfer_token", it));
                });
    }

    /// Every token is taken to be about to expire: whoever uses one refreshes it.
    @Bean
    RefreshTokenOAuth2AuthorizedClientProvider refreshing() {
        var provider = new RefreshTokenOAuth2AuthorizedClientProvider();
        provider.setClockSkew(Duration.ofDays(365));
        return provider;
    }

    @GetMapping("/")
    String home(@AuthenticationPrincipal OidcUser user) {
        return "<h1>Welcome, " + user.getFullName() + "</h1>";
    }

    /// The access token of the session, refreshed.
    @GetMapping("/token")
    String token(@RegisteredOAuth2AuthorizedClient(PROVIDER) OAuth2AuthorizedClient client) {
        return client.getAccessToken().getTokenValue();
    }

    @GetMapping("/bye")
    String bye() {
        return "<h1>Bye</h1>";
    }

    @GetMapping("/api/orders")
    String orders(@AuthenticationPrincipal Jwt token) {
        return "Orders of " + token.getSubject();
    }
}
