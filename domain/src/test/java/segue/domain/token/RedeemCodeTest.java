package segue.domain.token;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.authentication.Authentication;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.scope.ScopeBound;
import segue.domain.session.Session;
import segue.domain.session.SessionLimits;
import segue.domain.user.UserState;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Every combination of what the exchange of a code depends on (contract authentication-api §4.4).
class RedeemCodeTest {
    private static final Instant NOW = Instant.parse("2026-03-02T09:14:07Z");
    private static final ClientId WEB = new ClientId("web");
    private static final UserId KIM = new UserId("auth0|kim");
    private static final List<Optional<String>> URIS =
            List.of(
                    Optional.empty(),
                    Optional.of("https://web.example/cb"),
                    Optional.of("https://evil.example/cb"));
    private static final List<Optional<String>> CHALLENGES =
            List.of(Optional.empty(), Optional.of("right"), Optional.of("wrong"));

    private static final List<Optional<KeyThumbprint>> KEYS =
            List.of(
                    Optional.empty(),
                    Optional.of(new KeyThumbprint("k".repeat(43))),
                    Optional.of(new KeyThumbprint("x".repeat(43))));

    /// What a code is for, what the request names, and whether that fits.
    private record Target(Optional<String> audience, RefreshScope.Target named, boolean fits) {}

    private static final List<Target> TARGETS =
            List.of(
                    new Target(Optional.empty(), new RefreshScope.Target.Original(), true),
                    new Target(Optional.empty(), new RefreshScope.Target.Userinfo(), true),
                    new Target(Optional.empty(), new RefreshScope.Target.Api("api"), false),
                    new Target(Optional.of("api"), new RefreshScope.Target.Original(), true),
                    new Target(Optional.of("api"), new RefreshScope.Target.Userinfo(), false),
                    new Target(Optional.of("api"), new RefreshScope.Target.Api("api"), true),
                    new Target(Optional.of("api"), new RefreshScope.Target.Api("other"), false));

    private static AuthorizationCode code(
            Optional<String> redirectUri,
            Optional<String> challenge,
            Optional<KeyThumbprint> boundTo,
            Optional<String> audience,
            boolean expired) {
        return new AuthorizationCode(
                WEB,
                KIM,
                new SessionId("s"),
                Optional.empty(),
                new AuthorizationCode.Request(
                        Optional.empty(),
                        redirectUri,
                        challenge,
                        Optional.empty(),
                        "openid",
                        audience,
                        Optional.empty(),
                        false,
                        boundTo),
                false,
                TokenTerms.NONE,
                ScopeBound.NONE,
                expired ? NOW : NOW.plusSeconds(1));
    }

    private static Session session(boolean live) {
        return Session.open(
                new SessionId("s"),
                KIM,
                new ConnectionId("con_1"),
                Optional.empty(),
                Authentication.byPassword(NOW),
                live ? NOW : NOW.minus(Duration.ofHours(2)),
                new SessionLimits(Duration.ofHours(1), Duration.ofHours(1), true));
    }

    @Test
    void everyCombinationIsDecidedAsTheContractSays() {
        var both = List.of(true, false);
        for (var known : both)
            for (var used : both)
                for (var own : both)
                    for (var expired : both)
                        for (var sentUri : URIS.subList(0, 2))
                            for (var repeatedUri : URIS)
                                for (var challenge : CHALLENGES.subList(0, 2))
                                    for (var computed : CHALLENGES)
                                        for (var user : UserState.values())
                                            for (var live : both)
                                                for (var parentEnded : both)
                                                    for (var isMember : both)
                                                        for (var boundTo : KEYS.subList(0, 2))
                                                            for (var key : KEYS)
                                                                for (var target : TARGETS) {
                                                                    var facts =
                                                                            new RedeemCode.Facts(
                                                                                    known
                                                                                            ? Optional
                                                                                                    .of(
                                                                                                            code(
                                                                                                                    sentUri,
                                                                                                                    challenge,
                                                                                                                    boundTo,
                                                                                                                    target
                                                                                                                            .audience(),
                                                                                                                    expired))
                                                                                            : Optional
                                                                                                    .empty(),
                                                                                    used,
                                                                                    own
                                                                                            ? WEB
                                                                                            : new ClientId(
                                                                                                    "other"),
                                                                                    repeatedUri,
                                                                                    computed,
                                                                                    key,
                                                                                    target.named(),
                                                                                    user,
                                                                                    Optional.of(
                                                                                            session(
                                                                                                    live)),
                                                                                    parentEnded,
                                                                                    isMember);
                                                                    var expected =
                                                                            oracle(
                                                                                    known,
                                                                                    used,
                                                                                    own,
                                                                                    expired,
                                                                                    sentUri,
                                                                                    repeatedUri,
                                                                                    challenge,
                                                                                    computed,
                                                                                    boundTo
                                                                                                    .isEmpty()
                                                                                            || key
                                                                                                    .equals(
                                                                                                            boundTo),
                                                                                    target.fits(),
                                                                                    user,
                                                                                    live
                                                                                            && !parentEnded
                                                                                            && isMember);
                                                                    assertThat(
                                                                                    kind(
                                                                                            RedeemCode
                                                                                                    .decide(
                                                                                                            facts,
                                                                                                            NOW)))
                                                                            .as("%s", facts)
                                                                            .isEqualTo(expected);
                                                                }
    }

    private static String oracle(
            boolean known,
            boolean used,
            boolean own,
            boolean expired,
            Optional<String> sentUri,
            Optional<String> repeatedUri,
            Optional<String> challenge,
            Optional<String> computed,
            boolean keyFits,
            boolean targetFits,
            UserState user,
            boolean stands) {
        if (!known) return "INVALID";
        if (used) return "REPLAYED";
        if (!own || expired) return "INVALID";
        var uriFits = sentUri.isEmpty() || repeatedUri.orElse("").equals(sentUri.orElse(""));
        if (!uriFits) return "REDIRECT_URI";
        var verifierFits =
                challenge.isPresent() == computed.isPresent()
                        && !computed.orElse("").equals("wrong");
        if (!verifierFits) return "VERIFIER";
        if (!keyFits) return "KEY";
        if (!targetFits) return "TARGET";
        return stands && user == UserState.ACTIVE ? "accepted" : "INVALID";
    }

    private static String kind(RedeemCode.Outcome outcome) {
        return switch (outcome) {
            case RedeemCode.Outcome.Accepted _ -> "accepted";
            case RedeemCode.Outcome.Refused(var reason) -> reason.name();
        };
    }
}
