package segue.acceptance;

import java.util.Map;

class SqliteLifetimeStory extends LifetimeContract {
    @Override
    Map<String, String> database() {
        return Map.of();
    }

    @Override
    TimeTravel time() {
        return new TimeTravel("jdbc:sqlite:" + world().folder().resolve("segue.db"), "", "");
    }
}
