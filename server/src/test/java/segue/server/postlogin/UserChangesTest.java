package segue.server.postlogin;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import segue.domain.action.Effect;

import java.util.List;
import java.util.Optional;

class UserChangesTest {
    private static String apply(String document, Effect... effects) {
        return UserChanges.apply(document, List.of(effects));
    }

    @Test
    void theFirstLevelMerges() {
        assertThat(
                        apply(
                                "{\"app_metadata\":{\"a\":{\"x\":1},\"b\":2}}",
                                new Effect.SetAppMetadata("a", Optional.of("{\"y\":3}")),
                                new Effect.SetUserMetadata("c", Optional.of("[true]"))))
                .isEqualTo(
                        "{\"app_metadata\":{\"a\":{\"y\":3},\"b\":2},\"user_metadata\":{\"c\":[true]}}");
    }

    @Test
    void nothingDeletesAnEntryAndOnlyEmptyAppMetadataDisappear() {
        assertThat(
                        apply(
                                "{\"app_metadata\":{\"a\":1},\"user_metadata\":{\"b\":1}}",
                                new Effect.SetAppMetadata("a", Optional.empty()),
                                new Effect.SetUserMetadata("b", Optional.empty())))
                .isEqualTo("{\"user_metadata\":{}}");
    }

    @Test
    void otherEffectsChangeNothing() {
        assertThat(apply("{\"email\":\"a@b.c\"}", new Effect.Deny("no")))
                .isEqualTo("{\"email\":\"a@b.c\"}");
    }
}
