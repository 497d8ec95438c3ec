package segue.domain.client;

/// How a client proves who it is; it may do so in no other way (contract authentication-api §4.1,
/// THREATS R19.1).
public enum ClientAuthentication {
    /// It can't: a public client.
    NONE,
    /// Its secret, in the body or by Basic authentication, as it likes.
    CLIENT_SECRET,
    /// An assertion that its secret signs (OpenID Connect Core §9).
    CLIENT_SECRET_JWT,
    /// An assertion that one of its registered keys signs (OpenID Connect Core §9).
    PRIVATE_KEY_JWT,
    /// A certificate of the connection (RFC 8705). It can be registered but not used yet: a client
    /// that asked for it must not get in by less.
    MUTUAL_TLS
}
