package segue.server.page;

import java.util.Optional;

/// What the sign-in page shows.
///
/// @param client the name of the client
/// @param state names the interaction
/// @param csrf the synchroniser token of the form
/// @param username what is filled in already, maybe empty
/// @param problem what went wrong with the last attempt
/// @param offersSignUp whether who has no account can make one
public record LoginView(
        String client,
        String state,
        String csrf,
        String username,
        Optional<String> problem,
        boolean offersSignUp) {}
