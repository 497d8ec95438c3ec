package segue.acceptance;

import java.util.Map;

class SqliteRevocationStory extends RevocationContract {
    @Override
    Map<String, String> database() {
        return Map.of();
    }
}
