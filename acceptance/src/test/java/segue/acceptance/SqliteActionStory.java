package segue.acceptance;

import java.util.Map;

class SqliteActionStory extends ActionContract {
    @Override
    Map<String, String> database() {
        return Map.of("network.asn-database", ASN, "network.city-database", CITY);
    }
}
