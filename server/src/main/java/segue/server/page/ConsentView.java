package segue.server.page;

import java.util.List;
import java.util.Optional;

/// What the page shows that asks whether a client may have what it asks for.
///
/// @param client the name of the client
/// @param state names the interaction
/// @param csrf the synchroniser token of the form
/// @param user the user's address or name, as far as a bystander may read it; empty if they have
///   none
/// @param account what it wants of the account, in words
/// @param api where else it wants something
public record ConsentView(
        String client,
        String state,
        String csrf,
        Optional<String> user,
        List<String> account,
        Optional<Api> api) {
    /// Copies what it is given.
    public ConsentView {
        account = List.copyOf(account);
    }

    /// An API.
    ///
    /// @param wishes what the client wants there, in the words of the API; none if it only wants to
    ///   use it
    public record Api(String name, List<String> wishes) {
        /// Copies what it is given.
        public Api {
            wishes = List.copyOf(wishes);
        }
    }
}
