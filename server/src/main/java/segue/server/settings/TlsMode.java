package segue.server.settings;

/// The word given for `server.tls.mode`; with what belongs to it, it becomes a [Settings.Tls].
enum TlsMode {
    OFF,
    FILE,
    DEV
}
