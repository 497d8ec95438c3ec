package segue.storage;

import segue.domain.client.RefreshPolicy;
import segue.domain.client.TransferPolicy;
import segue.domain.identifier.ClientId;

/// The client that a request comes from, authenticated as far as it can be, with the settings that
/// rules read.
///
/// @param name for the tenant log
public record Caller(ClientId id, String name, RefreshPolicy refresh, TransferPolicy transfer) {}
