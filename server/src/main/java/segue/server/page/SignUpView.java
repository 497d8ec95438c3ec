package segue.server.page;

import java.util.List;

/// What the sign-up page shows.
///
/// @param client the name of the client
/// @param state names the interaction
/// @param csrf the synchroniser token of the form
/// @param email what is filled in already, maybe empty
/// @param username the same
/// @param asksForUserName whether an account needs a user name too
/// @param shortestPassword in characters
/// @param problems what went wrong with the last attempt
public record SignUpView(
        String client,
        String state,
        String csrf,
        String email,
        String username,
        boolean asksForUserName,
        int shortestPassword,
        List<String> problems) {
    public SignUpView {
        problems = List.copyOf(problems);
    }
}
