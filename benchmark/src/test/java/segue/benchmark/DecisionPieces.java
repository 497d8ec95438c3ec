package segue.benchmark;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

import segue.domain.authentication.Authentication;
import segue.domain.client.RefreshPolicy;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.TransferId;
import segue.domain.identifier.UserId;
import segue.domain.network.ClientAddress;
import segue.domain.network.Device;
import segue.domain.network.DeviceBinding;
import segue.domain.scope.ScopeBound;
import segue.domain.token.Link;
import segue.domain.token.Rotate;
import segue.domain.token.Rotation;
import segue.domain.token.TokenFamily;
import segue.domain.transfer.Bounds;
import segue.domain.transfer.Claim;
import segue.domain.transfer.Facts;
import segue.domain.transfer.Redeem;
import segue.domain.transfer.Transfer;
import segue.domain.user.UserState;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/// What the rules cost when they say yes, for which all of them must be asked.
@State(Scope.Thread)
public class DecisionPieces {
    private static final String SCOPE = "openid profile email offline_access";
    private static final UserId ADA = new UserId("auth0|5f7c8ec7c33c6c004bbafe82");
    private static final ClientId APP = new ClientId("7c33c6c004bbafe825f7c8ec7c33c6c0");
    private static final ClientId WEB = new ClientId("c004bbafe825f7c8ec7c33c6c07c33c6");
    private static final ConnectionId CONNECTION = new ConnectionId("con_u5Xo0sRzzBqBbNrf");

    private final Instant now = Instant.parse("2026-03-02T09:14:07Z");
    private final Claim claim = new Claim.Taken(transfer());
    private final Facts facts =
            new Facts(
                    true,
                    UserState.ACTIVE,
                    true,
                    Optional.empty(),
                    true,
                    true,
                    WEB,
                    DeviceBinding.IP,
                    false,
                    device(),
                    Optional.empty());
    private final Rotate.Facts presented =
            new Rotate.Facts(
                    Optional.of(new Link(family(), 7, Optional.empty())),
                    APP,
                    Optional.empty(),
                    new RefreshPolicy(
                            true,
                            Duration.ofSeconds(30),
                            Optional.of(Duration.ofDays(30)),
                            Optional.of(Duration.ofDays(15))),
                    UserState.ACTIVE,
                    true);

    private Transfer transfer() {
        return new Transfer(
                new TransferId("0sRzzBqBbNrfu5Xo0sRzzBqBbNrfu5Xo"),
                new FamilyId("zzBqBbNrfu5Xo0sRzzBqBbNrfu5Xo0sR"),
                APP,
                ADA,
                CONNECTION,
                Optional.empty(),
                SCOPE,
                Authentication.byPassword(now.minusSeconds(900)),
                device(),
                now.minusSeconds(2),
                now.plusSeconds(58),
                Bounds.NONE,
                false);
    }

    private static Device device() {
        return new Device(
                ClientAddress.of(InetAddress.ofLiteral("2001:db8:1:1::1").getAddress()),
                OptionalLong.empty(),
                "Mozilla/5.0");
    }

    private TokenFamily family() {
        return new TokenFamily(
                new FamilyId("zzBqBbNrfu5Xo0sRzzBqBbNrfu5Xo0sR"),
                ADA,
                APP,
                CONNECTION,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                SCOPE,
                ScopeBound.NONE,
                Optional.empty(),
                Optional.empty(),
                Authentication.byPassword(now.minusSeconds(900)),
                true,
                7,
                now.minusSeconds(900),
                Optional.of(now.plus(Duration.ofDays(30))),
                Optional.of(now.plus(Duration.ofDays(15))),
                Optional.empty(),
                Optional.empty());
    }

    /// A session transfer token, in a browser without a session.
    @Benchmark
    public Redeem.Judgement redeem() {
        return Redeem.judge(claim, _ -> facts);
    }

    /// The newest refresh token of its family.
    @Benchmark
    public Rotation rotate() {
        return Rotate.decide(presented, now);
    }
}
