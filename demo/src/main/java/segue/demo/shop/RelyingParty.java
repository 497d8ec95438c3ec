package segue.demo.shop;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;

import segue.demo.wire.Answer;
import segue.demo.wire.Pkce;
import segue.demo.wire.Wire;

import java.net.URI;
import java.text.ParseException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// An ordinary OpenID Connect client of a server that it knows by its discovery document only:
/// authorization code with PKCE, `state` and `nonce`, a client secret, and an ID token that it
/// checks (OIDC Core §3.1).
final class RelyingParty {
    private final Wire wire;
    private final Shop.Provider provider;
    private final URI redirectUri;

    private final Answer metadata;

    /// A sign-in that has begun.
    record Attempt(String state, String nonce, Pkce pkce) {
        static Attempt fresh() {
            return new Attempt(Pkce.nonce(), Pkce.nonce(), Pkce.fresh());
        }
    }

    /// What a code was good for.
    sealed interface SignIn {
        /// Someone is signed in.
        ///
        /// @param refreshToken empty if the server gave none
        record Completed(
                String subject, String idToken, String accessToken, Optional<String> refreshToken)
                implements SignIn {
            /// The same sign-in with the tokens that a refresh brought.
            Completed after(Answer.Granted refresh) {
                return new Completed(
                        subject,
                        refresh.field("id_token").orElse(idToken),
                        refresh.text("access_token"),
                        refresh.field("refresh_token").or(() -> refreshToken));
            }
        }

        /// @param why for humans
        record Failed(String why) implements SignIn {}
    }

    RelyingParty(Wire wire, Shop.Provider provider, URI redirectUri) {
        this.wire = wire;
        this.provider = provider;
        this.redirectUri = redirectUri;

        this.metadata = wire.get(provider.issuer().resolve(".well-known/openid-configuration"));
        // OIDC Discovery §4.3: a document that speaks for another issuer isn't ours.
        if (!metadata.text("issuer").equals(provider.issuer().toString()))
            throw new IllegalStateException("no discovery document at " + provider.issuer());
    }

    /// Where a browser is sent to sign in.
    ///
    /// @param more parameters of the server's that came with the visit
    URI authorizationUri(Attempt attempt, Map<String, String> more) {
        var query = new LinkedHashMap<String, String>();
        query.put("client_id", provider.clientId());
        query.put("response_type", "code");
        query.put("redirect_uri", redirectUri.toString());
        query.put("scope", "openid profile email offline_access");
        query.put("state", attempt.state());
        query.put("nonce", attempt.nonce());
        query.put("code_challenge", attempt.pkce().challenge());
        query.put("code_challenge_method", "S256");
        query.putAll(more);
        return Wire.with(endpoint("authorization_endpoint"), query);
    }

    SignIn redeem(Attempt attempt, String code) {
        var answer =
                token(
                        Map.of(
                                "grant_type",
                                "authorization_code",
                                "code",
                                code,
                                "redirect_uri",
                                redirectUri.toString(),
                                "code_verifier",
                                attempt.pkce().verifier()));
        return switch (answer) {
            case Answer.Refused it -> new SignIn.Failed(it.error() + ": " + it.description());
            case Answer.Granted it ->
                    verified(it.text("id_token"), attempt.nonce())
                            .<SignIn>map(
                                    claims ->
                                            new SignIn.Completed(
                                                    claims.getSubject(),
                                                    it.text("id_token"),
                                                    it.text("access_token"),
                                                    it.field("refresh_token")))
                            .orElseGet(() -> new SignIn.Failed("the ID token isn't for us"));
        };
    }

    Answer refresh(String refreshToken) {
        return token(Map.of("grant_type", "refresh_token", "refresh_token", refreshToken));
    }

    Answer userinfo(String accessToken) {
        return wire.get(endpoint("userinfo_endpoint"), accessToken);
    }

    /// Where a browser is sent to sign out of the server too (RP-Initiated Logout §2).
    URI logoutUri(String idToken, URI back) {
        return Wire.with(
                endpoint("end_session_endpoint"),
                Map.of(
                        "id_token_hint", idToken,
                        "client_id", provider.clientId(),
                        "post_logout_redirect_uri", back.toString()));
    }

    private Answer token(Map<String, String> grant) {
        var fields = new LinkedHashMap<>(grant);
        fields.put("client_id", provider.clientId());
        fields.put("client_secret", provider.clientSecret());
        return wire.postForm(endpoint("token_endpoint"), fields, Map.of());
    }

    private URI endpoint(String name) {
        return URI.create(metadata.text(name));
    }

    /// The claims of an ID token that the server signed, for us, in answer to this attempt.
    private Optional<JWTClaimsSet> verified(String idToken, String nonce) {
        try {
            var keys = wire.get(endpoint("jwks_uri")).json();
            var processor = new DefaultJWTProcessor<SecurityContext>();
            processor.setJWSKeySelector(
                    new JWSVerificationKeySelector<>(
                            JWSAlgorithm.RS256,
                            new ImmutableJWKSet<>(JWKSet.parse(keys.toString()))));
            processor.setJWTClaimsSetVerifier(
                    new DefaultJWTClaimsVerifier<>(
                            provider.clientId(),
                            new JWTClaimsSet.Builder()
                                    .issuer(provider.issuer().toString())
                                    .claim("nonce", nonce)
                                    .build(),
                            Set.of("sub", "iat", "exp")));
            return Optional.of(processor.process(idToken, null));
        } catch (ParseException | JOSEException | BadJOSEException e) {
            return Optional.empty();
        }
    }
}
