package segue.server.page;

/// What the hand-off page shows.
///
/// @param client the client's id, which the page posts
/// @param name the name of the client
/// @param login where the page goes
public record HandOffView(String client, String name, String login) {}
