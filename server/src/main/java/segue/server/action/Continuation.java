package segue.server.action;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

import segue.domain.action.Effect;
import segue.domain.action.MetadataEdit;

import tools.jackson.databind.json.JsonMapper;

import java.util.List;

/// Where a run goes on when the browser comes back from elsewhere.
///
/// @param actionId of the Action that sent it there
/// @param effects what was asked for until then
record Continuation(String actionId, List<Effect> effects) {
    /// Names the kind of an effect.
    @JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "is")
    private interface Named {}

    private static final JsonMapper JSON =
            JsonMapper.builder()
                    .addMixIn(Effect.class, Named.class)
                    .addMixIn(MetadataEdit.class, Named.class)
                    .registerSubtypes(Effect.class.getPermittedSubclasses())
                    .registerSubtypes(MetadataEdit.class.getPermittedSubclasses())
                    .build();

    Continuation {
        effects = List.copyOf(effects);
    }

    /// As it is stored.
    String text() {
        return JSON.writeValueAsString(this);
    }

    /// What was stored.
    static Continuation parse(String text) {
        return JSON.readValue(text, Continuation.class);
    }
}
