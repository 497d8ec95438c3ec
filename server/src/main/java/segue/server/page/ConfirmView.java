package segue.server.page;

import java.util.Optional;

/// What the page shows that asks whether the user of a transfer is meant.
///
/// @param client the name of the client
/// @param state names the interaction
/// @param csrf the synchroniser token of the form
/// @param user the user's address or name, as far as a bystander may read it; empty if they have
///   none
public record ConfirmView(String client, String state, String csrf, Optional<String> user) {}
