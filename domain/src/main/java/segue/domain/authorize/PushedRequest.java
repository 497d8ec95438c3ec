package segue.domain.authorize;

import segue.domain.secret.SecretHash;

import java.util.Optional;

/// An authorization request that its client sent ahead (RFC 9126).
///
/// @param text its parameters, form-encoded, without any session transfer token
/// @param transfer the session transfer token that stood among them (contract native-to-web §4)
public record PushedRequest(String text, Optional<SecretHash> transfer) {}
