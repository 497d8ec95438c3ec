package segue.server.action.spi;

import segue.domain.action.Effect;
import segue.domain.action.Event;

import java.util.List;

/// An Action in Java, for what the operator rather than the tenant decides.
public interface PostLoginAction {
    /// What the execution record calls it.
    String name();

    /// Looks at a sign-in. Called by many threads at once.
    ///
    /// @return what it asks for, in order; empty to let the sign-in pass as it is
    /// @throws Exception the sign-in is denied
    List<Effect> onPostLogin(Event event) throws Exception;
}
