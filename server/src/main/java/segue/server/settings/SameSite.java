package segue.server.settings;

/// The `SameSite` attribute of our session cookie (contract operator §2).
public enum SameSite {
    /// Sent when a person follows a link from another site.
    LAX,
    /// Sent from frames on other sites too; needs a `Secure` cookie.
    NONE
}
