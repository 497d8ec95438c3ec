package segue.server.page;

/// What the page shows that asks whether a device is the user's.
///
/// @param client the name of the client
/// @param code as the device shows it
/// @param state names the interaction
/// @param csrf the synchroniser token of the form
public record DeviceView(String client, String code, String state, String csrf) {}
