package segue.acceptance;

import java.nio.file.Path;
import java.util.Map;

class SqliteKeyRotationStory extends KeyRotationContract {
    @Override
    Map<String, String> database(Path folder) {
        return Map.of();
    }

    @Override
    TimeTravel timeTravel(Path folder) {
        return new TimeTravel("jdbc:sqlite:" + folder.resolve("data").resolve("segue.db"), "", "");
    }
}
