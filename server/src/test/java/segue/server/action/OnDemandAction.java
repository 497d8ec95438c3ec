package segue.server.action;

import segue.domain.action.Effect;
import segue.domain.action.Event;
import segue.server.action.spi.Json;
import segue.server.action.spi.PostLoginAction;

import java.util.List;
import java.util.Optional;

/// Found by the service loader in every test; it does nothing unless a sign-in asks for it.
public final class OnDemandAction implements PostLoginAction {
    @Override
    public String name() {
        return "on-demand";
    }

    @Override
    public List<Effect> onPostLogin(Event event) {
        return Optional.ofNullable(event.request().query().get("java-action"))
                .<Effect>map(word -> new Effect.SetIdTokenClaim("said", Optional.of(Json.of(word))))
                .map(List::of)
                .orElse(List.of());
    }
}
