package segue.storage;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import segue.storage.jdbc.Database;
import segue.storage.jdbc.Watched;

import java.util.concurrent.atomic.AtomicInteger;

/// How often a step of the hand-off waits for PostgreSQL (DESIGN section 3). More than this needs a
/// reason, and less belongs here.
class RoundTripTest {
    @RegisterExtension private static final PostgresProcess SERVER = new PostgresProcess();

    private final AtomicInteger trips = new AtomicInteger();
    private final Database database =
            Watched.postgres(
                    SERVER.newUrl(),
                    new Watched.Before() {
                        @Override
                        public void statement(String sql) {}

                        @Override
                        public void roundTrip() {
                            trips.incrementAndGet();
                        }
                    });
    private final Fixture fixture = new Fixture(database);

    @BeforeEach
    void prepare() {
        fixture.stored();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private int during(Runnable step) {
        trips.set(0);
        step.run();
        return trips.get();
    }

    @Test
    void aRefreshTakesTwo() {
        var app = fixture.signIn(Fixture.KIM);
        assertThat(during(() -> fixture.refresh(fixture.app(), app.token()))).isEqualTo(2);
    }

    @Test
    void anExchangeTakesTwo() {
        var app = fixture.signIn(Fixture.KIM);
        assertThat(during(() -> fixture.exchange(app.token()))).isEqualTo(2);
    }

    @Test
    void aRedemptionTakesThree() {
        var app = fixture.exchange(fixture.signIn(Fixture.KIM).token());
        assertThat(during(() -> fixture.redeem(app.transfer()))).isEqualTo(3);
    }

    @Test
    void aCodeForARefreshTokenTakesThree() {
        var code = fixture.redeem(fixture.exchange(fixture.signIn(Fixture.KIM).token()).transfer());
        assertThat(during(() -> fixture.exchangeCode(code.code()))).isEqualTo(3);
    }
}
