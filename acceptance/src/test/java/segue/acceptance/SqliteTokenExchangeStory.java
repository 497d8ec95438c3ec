package segue.acceptance;

import java.util.Map;

class SqliteTokenExchangeStory extends TokenExchangeContract {
    @Override
    Map<String, String> database() {
        return Map.of();
    }
}
