package segue.server.page;

import java.util.Optional;

/// What the page shows that asks for the code of a device.
///
/// @param csrf the synchroniser token of the form
/// @param code what is filled in already, maybe empty
/// @param problem what went wrong with the last attempt
public record UserCodeView(String csrf, String code, Optional<String> problem) {}
