package segue.acceptance;

import java.util.Map;

class SqliteNestingStory extends NestingContract {
    @Override
    Map<String, String> database() {
        return Map.of();
    }
}
