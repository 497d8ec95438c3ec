package segue.server.token;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.SignedJWT;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.log.Origin;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.network.Geo;
import segue.domain.secret.Secret;
import segue.domain.tenant.TenantSettings;
import segue.domain.token.TokenTerms;
import segue.server.jwt.Jwts;
import segue.server.keys.HandClock;
import segue.server.keys.MasterKey;
import segue.server.keys.SigningKeys;
import segue.server.keys.SigningProvider;
import segue.server.oauth.Callers;
import segue.server.oauth.Registry;
import segue.server.registry.Views;
import segue.server.secret.Mint;
import segue.storage.Configuration;
import segue.storage.Keys;
import segue.storage.jdbc.SqliteDatabase;
import segue.storage.jdbc.UserTable;

import java.nio.file.Path;
import java.text.ParseException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// What our tokens say (contract authentication-api §8.2, §8.3).
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TokensTest {
    private static final String ISSUER = "https://id.example/";
    private static final String API = "https://orders.example";
    private static final Secret SECRET = new Secret("s".repeat(64));
    private static final OrganizationId ORGANIZATION = new OrganizationId("org_1");
    private static final Instant SIGNED_IN = Instant.parse("2026-03-02T08:00:00Z");
    private static final UserTable.Profile KIM =
            new UserTable.Profile(
                    "{\"name\":\"Kim\",\"email\":\"kim@example.org\"}", SIGNED_IN, SIGNED_IN);

    private final HandClock clock = new HandClock();
    private final long now = clock.instant().getEpochSecond();
    private Optional<SqliteDatabase> database = Optional.empty();
    private Optional<Jwts> jwts = Optional.empty();

    @BeforeAll
    void open(@TempDir Path folder) {
        var opened = SqliteDatabase.open(folder.resolve("segue.db"), clock);
        database = Optional.of(opened);
        new Configuration(opened).begin(table -> table.putTenant("{}"));
        var master = new MasterKey(new byte[32]);
        jwts =
                Optional.of(
                        new Jwts(
                                new SigningKeys(
                                        new Keys(opened), master, SigningProvider.load(), clock),
                                clock));
    }

    @AfterAll
    void close() {
        database.orElseThrow().close();
    }

    /// A tenant with one user, who may be gone, and one API.
    private record Tenant(boolean isActive, boolean namesOrganizations, String api)
            implements Registry {
        @Override
        public Optional<Registered> client(ClientId id) {
            return Optional.empty();
        }

        @Override
        public Optional<Api> api(String audience) {
            var server = Views.resourceServer(api);
            return audience.equals(server.identifier())
                    ? Optional.of(new Api(server, Optional.of(SECRET)))
                    : Optional.empty();
        }

        @Override
        public Optional<ClientGrant> grant(ClientId client, String audience, String type) {
            return Optional.empty();
        }

        @Override
        public Optional<Organization> organization(String idOrName) {
            return Optional.empty();
        }

        @Override
        public Optional<Organization> organization(OrganizationId id) {
            return Optional.of(new Organization(id, "acme"));
        }

        @Override
        public Optional<ConnectionId> connection(String name) {
            return Optional.empty();
        }

        @Override
        public Optional<ConnectionId> loginConnection(
                ClientId client, Optional<OrganizationId> organization) {
            return Optional.empty();
        }

        @Override
        public TenantSettings tenant() {
            return Views.tenant(
                    "{\"allow_organization_name_in_authentication_api\":%s}"
                            .formatted(namesOrganizations),
                    0);
        }

        @Override
        public Optional<UserTable.Profile> activeUser(UserId user) {
            return isActive ? Optional.of(KIM) : Optional.empty();
        }
    }

    private static String api(String more) {
        return "{\"identifier\":\"%s\"%s}".formatted(API, more);
    }

    private static final Tenant PLAIN = new Tenant(true, false, api(""));

    private Tokens tokens(Tenant tenant) {
        return new Tokens(jwts.orElseThrow(), tenant, new Mint());
    }

    private static Callers.Identified.Known client(String more) {
        var client =
                Views.client(
                        "{\"client_id\":\"web\",\"name\":\"Web\",\"token_endpoint_auth_method\":\"none\"%s}"
                                .formatted(more));
        var address = ClientAddress.of(new byte[] {127, 0, 0, 1});
        var device = new Device(address, OptionalLong.empty(), "test");
        return new Callers.Identified.Known(
                client,
                SECRET,
                true,
                Optional.empty(),
                new Origin(device, Geo.UNKNOWN, "id.example", Optional.empty()));
    }

    private static Tokens.Granted granted(String scope, Optional<String> audience) {
        return new Tokens.Granted(
                ISSUER,
                new UserId("auth0|kim"),
                scope,
                audience,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                TokenTerms.NONE,
                Authentication.byPassword(SIGNED_IN),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    /// With everything that may be there.
    private static Tokens.Granted everything(String scope) {
        return new Tokens.Granted(
                ISSUER,
                new UserId("auth0|kim"),
                scope,
                Optional.of(API),
                Optional.of(ORGANIZATION),
                Optional.of(new SessionId("session")),
                Optional.of("{\"id_token\":{\"email\":null}}"),
                TokenTerms.NONE,
                Authentication.byPassword(SIGNED_IN),
                Optional.of("refresh_token"),
                Optional.of("b2"),
                true);
    }

    private Map<String, Object> issue(Tenant tenant, Tokens.Granted granted) {
        return tokens(tenant)
                .issue(granted, client(""), new Secret("at_opaque"), Optional.empty())
                .orElseThrow();
    }

    private static SignedJWT parsed(@Nullable Object text) {
        try {
            return SignedJWT.parse(String.valueOf(text));
        } catch (ParseException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, Object> claims(@Nullable Object text) {
        return parsed(text).getPayload().toJSONObject();
    }

    @Test
    void theSmallestIdTokenSaysWhoForWhomAndWhen() {
        var token = tokens(PLAIN).idToken(granted("openid", Optional.empty()), KIM, client(""));
        assertThat(claims(token.orElseThrow()))
                .isEqualTo(
                        Map.of(
                                "iss",
                                ISSUER,
                                "sub",
                                "auth0|kim",
                                "aud",
                                "web",
                                "iat",
                                now,
                                "exp",
                                now + 36000));
        assertThat(parsed(token.orElseThrow()).getHeader().toJSONObject())
                .containsEntry("typ", "JWT")
                .containsEntry("alg", "RS256")
                .containsKey("kid");
    }

    @Test
    void theFullestIdTokenSaysAllThatTheContractLists() {
        var tenant = new Tenant(true, true, api(""));
        var token =
                tokens(tenant).idToken(everything("openid profile"), KIM, client("")).orElseThrow();
        assertThat(claims(token))
                .containsOnlyKeys(
                        "iss",
                        "sub",
                        "aud",
                        "iat",
                        "exp",
                        "sid",
                        "nonce",
                        "auth_time",
                        "org_id",
                        "org_name",
                        "name",
                        "updated_at",
                        "email")
                .containsEntry("sid", "session")
                .containsEntry("nonce", "b2")
                .containsEntry("auth_time", SIGNED_IN.getEpochSecond())
                .containsEntry("org_id", "org_1")
                .containsEntry("org_name", "acme")
                .containsEntry("updated_at", "2026-03-02T08:00:00.000Z");
    }

    @Test
    void anOrganizationIsNamedOnlyIfTheTenantSaysSo() {
        var token = tokens(PLAIN).idToken(everything("openid"), KIM, client("")).orElseThrow();
        assertThat(claims(token)).containsKey("org_id").doesNotContainKey("org_name");
    }

    @Test
    void thereIsNoIdTokenWithoutOpenid() {
        assertThat(tokens(PLAIN).idToken(granted("profile", Optional.empty()), KIM, client("")))
                .isEmpty();
        assertThat(issue(PLAIN, granted("profile", Optional.of(API))))
                .containsOnlyKeys("access_token", "scope", "expires_in", "token_type");
    }

    @Test
    void theClientChoosesLifetimeAndAlgorithmOfItsIdToken() throws Exception {
        var configured =
                client(",\"jwt_configuration\":{\"alg\":\"HS256\",\"lifetime_in_seconds\":60}");
        var granted = granted("openid", Optional.empty());
        var token = parsed(tokens(PLAIN).idToken(granted, KIM, configured).orElseThrow());
        assertThat(token.verify(new MACVerifier(SECRET.reveal()))).isTrue();
        assertThat(token.getPayload().toJSONObject()).containsEntry("exp", now + 60);
        var other = client(",\"jwt_configuration\":{\"alg\":\"PS256\"}");
        var second = parsed(tokens(PLAIN).idToken(granted, KIM, other).orElseThrow());
        assertThat(second.getHeader().getAlgorithm().getName()).isEqualTo("PS256");
    }

    /// FAPI 2.0 Security Profile §5.4.1.
    @ParameterizedTest
    @CsvSource({"RS256, PS256", "HS256, PS256", "PS256, PS256", "ES256, ES256"})
    void aFapiClientsIdTokenIsSignedByPs256OrEs256(String chosen, String signs) throws Exception {
        var client =
                client(
                        ",\"compliance_level\":\"fapi2_sp_pkj_mtls\",\"jwt_configuration\":{\"alg\":\"%s\"}"
                                .formatted(chosen));
        var granted = granted("openid", Optional.empty());
        var token = parsed(tokens(PLAIN).idToken(granted, KIM, client).orElseThrow());
        assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo(signs);
    }

    @Test
    void theDefaultProfileOfAnAccessToken() {
        var fields = issue(PLAIN, everything("openid read:orders"));
        assertThat(parsed(fields.get("access_token")).getHeader().toJSONObject())
                .containsEntry("typ", "JWT")
                .containsKey("kid");
        assertThat(claims(fields.get("access_token")))
                .isEqualTo(
                        Map.of(
                                "iss",
                                ISSUER,
                                "sub",
                                "auth0|kim",
                                "aud",
                                List.of(API, ISSUER + "userinfo"),
                                "iat",
                                now,
                                "exp",
                                now + 86_400,
                                "scope",
                                "openid read:orders",
                                "azp",
                                "web",
                                "gty",
                                "refresh_token",
                                "org_id",
                                "org_1",
                                "jti",
                                Jwts.identifier(new Secret("at_opaque").hash())));
        assertThat(fields)
                .containsEntry("expires_in", 86_400L)
                .containsEntry("token_type", "Bearer");
    }

    /// Contract authentication-api §8.2: none in the default profile, unless something is kept.
    @Test
    void anAccessTokenOfTheDefaultProfileHasNoIdentifier() {
        var token = issue(PLAIN, granted("openid read:orders", Optional.of(API)));
        assertThat(claims(token.get("access_token"))).doesNotContainKey("jti");
    }

    @Test
    void theStandardProfileOfAnAccessToken() {
        var tenant = new Tenant(true, false, api(",\"token_dialect\":\"rfc9068_profile\""));
        var token = issue(tenant, everything("openid read:orders")).get("access_token");
        assertThat(parsed(token).getHeader().toJSONObject()).containsEntry("typ", "at+jwt");
        assertThat(claims(token))
                .containsOnlyKeys(
                        "iss", "sub", "aud", "iat", "exp", "scope", "client_id", "jti", "org_id")
                .containsEntry("client_id", "web");
        var one = granted("read:orders", Optional.of(API));
        assertThat(claims(issue(tenant, one).get("access_token")).get("jti"))
                .isNotEqualTo(claims(issue(tenant, one).get("access_token")).get("jti"));
    }

    /// `permissions` needs the dialect and the enforcement, and may be empty.
    @ParameterizedTest
    @CsvSource({
        "access_token,true,false",
        "access_token_authz,false,false",
        "access_token_authz,true,true",
        "rfc9068_profile,true,false",
        "rfc9068_profile_authz,false,false",
        "rfc9068_profile_authz,true,true"
    })
    void permissionsAreToldWhereTheyAreEnforcedAndAskedFor(
            String dialect, boolean enforces, boolean tells) {
        var document =
                api(
                        ",\"token_dialect\":\"%s\",\"enforce_policies\":%s"
                                .formatted(dialect, enforces));
        var token =
                issue(new Tenant(true, false, document), granted("openid", Optional.of(API)))
                        .get("access_token");
        assertThat(claims(token).containsKey("permissions")).isEqualTo(tells);
    }

    @Test
    void withoutOpenidTheOnlyAudienceIsTheApi() {
        var token = issue(PLAIN, granted("read:orders", Optional.of(API))).get("access_token");
        assertThat(claims(token)).containsEntry("aud", API).doesNotContainKey("gty");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "PS256", "ES256", "HS256"})
    void theApiChoosesLifetimeAndAlgorithmOfItsTokens(String algorithm) {
        var document = api(",\"signing_alg\":\"%s\",\"token_lifetime\":60".formatted(algorithm));
        var fields = issue(new Tenant(true, false, document), granted("openid", Optional.of(API)));
        var token = parsed(fields.get("access_token"));
        assertThat(token.getHeader().getAlgorithm().getName()).isEqualTo(algorithm);
        assertThat(token.getPayload().toJSONObject()).containsEntry("exp", now + 60);
        assertThat(fields).containsEntry("expires_in", 60L);
    }

    @Test
    void withoutAnApiTheAccessTokenIsOpaqueAndLivesADay() {
        assertThat(issue(PLAIN, granted("openid", Optional.empty())))
                .containsEntry("access_token", "at_opaque")
                .containsEntry("expires_in", 86_400L);
    }

    @Test
    void nobodyGetsATokenForAUserWhoIsGoneOrAnApiThatIs() {
        var gone = tokens(new Tenant(false, false, api("")));
        assertThat(
                        gone.issue(
                                granted("openid", Optional.of(API)),
                                client(""),
                                new Secret("at_opaque"),
                                Optional.empty()))
                .isEmpty();
        assertThat(
                        gone.idToken(
                                granted("openid", Optional.empty()),
                                client("").client(),
                                client("").secret()))
                .isEmpty();
        assertThat(
                        tokens(PLAIN)
                                .issue(
                                        granted("openid", Optional.of("https://gone.example")),
                                        client(""),
                                        new Secret("at_opaque"),
                                        Optional.empty()))
                .isEmpty();
    }

    @Test
    void aClientsOwnTokenSaysSo() {
        var api = PLAIN.api(API).orElseThrow();
        var client = client("");
        var token = tokens(PLAIN).clientToken(api, ISSUER, client, "read:orders", Optional.empty());
        assertThat(claims(token))
                .isEqualTo(
                        Map.of(
                                "iss",
                                ISSUER,
                                "sub",
                                "web@clients",
                                "aud",
                                API,
                                "iat",
                                now,
                                "exp",
                                now + 86_400,
                                "scope",
                                "read:orders",
                                "azp",
                                "web",
                                "gty",
                                "client-credentials"));
        var bare = tokens(PLAIN).clientToken(api, ISSUER, client, "", Optional.of(ORGANIZATION));
        assertThat(claims(bare)).doesNotContainKey("scope").containsEntry("org_id", "org_1");
    }
}
