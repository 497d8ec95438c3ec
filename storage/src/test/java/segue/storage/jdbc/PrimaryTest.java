package segue.storage.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

/// Fail-over itself is in acceptance, `FailOverStory`.
class PrimaryTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "jdbc:postgresql://a/db | jdbc:postgresql://a/db",
                "jdbc:postgresql://a:1,b:2/db?x=y,z"
                        + " | jdbc:postgresql://a:1/db?x=y,z jdbc:postgresql://b:2/db?x=y,z",
                "jdbc:postgresql://[::1]:1,b?x=/y"
                        + " | jdbc:postgresql://[::1]:1?x=/y jdbc:postgresql://b?x=/y",
                "jdbc:postgresql://a,b | jdbc:postgresql://a jdbc:postgresql://b",
                "jdbc:postgresql:db | jdbc:postgresql:db",
            })
    void eachServerOfAUrlIsAskedByAUrlOfItsOwn(String url, String expected) {
        var urls = Primary.servers(url).stream().map(Primary.Server::url).toList();
        assertThat(urls).isEqualTo(List.of(expected.split(" ")));
    }
}
