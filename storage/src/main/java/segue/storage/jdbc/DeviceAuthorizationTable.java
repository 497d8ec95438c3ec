package segue.storage.jdbc;

import segue.domain.device.DeviceAuthorization;
import segue.domain.device.DeviceAuthorization.State;
import segue.domain.identifier.ClientId;
import segue.domain.secret.SecretHash;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// What devices without a browser asked for (RFC 8628), by the hashes of their device codes.
public final class DeviceAuthorizationTable {
    private static final String IS_OPEN =
            " AND code_hash IS NULL AND denial IS NULL AND concluded_at IS NULL AND expires_at > ?";

    private final Tx tx;

    DeviceAuthorizationTable(Tx tx) {
        this.tx = tx;
    }

    /// Stores a new one; false if its user code is another's.
    ///
    /// @param userCode its HMAC
    public boolean insert(SecretHash hash, SecretHash userCode, DeviceAuthorization asked) {
        return tx.change(
                        """
                        INSERT INTO device_authorization (hash, user_code, client_id, request, issued_at, expires_at,
                            interval_millis) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (user_code) DO NOTHING
                        """,
                        hash.bytes(),
                        userCode.bytes(),
                        asked.client().value(),
                        asked.request(),
                        tx.now().toEpochMilli(),
                        asked.expiresAt().toEpochMilli(),
                        asked.interval().toMillis())
                == 1;
    }

    /// As it stands, without a lock: it tells which rows to lock. Empty if no device code has this
    /// hash.
    public Optional<DeviceAuthorization> find(SecretHash hash) {
        return find(hash, "");
    }

    /// The same; nobody answers or asks until the transaction ends.
    public Optional<DeviceAuthorization> lock(SecretHash hash) {
        return find(hash, tx.dialect().forUpdate());
    }

    private Optional<DeviceAuthorization> find(SecretHash hash, String suffix) {
        return tx.one(
                "SELECT * FROM device_authorization WHERE hash = ?" + suffix,
                DeviceAuthorizationTable::authorization,
                hash.bytes());
    }

    /// One that waits for its user, and the hash of its device code.
    public record Open(SecretHash hash, DeviceAuthorization asked) {}

    /// The one that a user code stands for, if it waits for its user.
    ///
    /// @param userCode its HMAC
    public Optional<Open> open(SecretHash userCode) {
        return tx.one(
                "SELECT * FROM device_authorization WHERE user_code = ?" + IS_OPEN,
                row -> new Open(new SecretHash(row.getBytes("hash")), authorization(row)),
                userCode.bytes(),
                tx.now().toEpochMilli());
    }

    /// Its user says yes; true for exactly one who answers, and only in time.
    ///
    /// @param code the hash of the authorization code that the device code stands for now
    /// @return when that code ends; empty if it doesn't wait any more
    public Optional<Instant> approve(SecretHash hash, SecretHash code) {
        return tx.one(
                "UPDATE device_authorization SET code_hash = ? WHERE hash = ?"
                        + IS_OPEN
                        + " RETURNING expires_at",
                row -> Columns.instant(row, "expires_at"),
                code.bytes(),
                hash.bytes(),
                tx.now().toEpochMilli());
    }

    /// There will be no tokens, unless somebody has answered it already.
    ///
    /// @param description as the device hears it
    public void deny(SecretHash hash, String description) {
        tx.later(
                "UPDATE device_authorization SET denial = ? WHERE hash = ?" + IS_OPEN,
                description,
                hash.bytes(),
                tx.now().toEpochMilli());
    }

    /// Its device asked.
    public void recordPoll(SecretHash hash, Duration interval) {
        tx.later(
                "UPDATE device_authorization SET polled_at = ?, interval_millis = ? WHERE hash = ?",
                tx.now().toEpochMilli(),
                interval.toMillis(),
                hash.bytes());
    }

    /// Its device hears the end: true for exactly one poll.
    public boolean conclude(SecretHash hash) {
        return tx.change(
                        "UPDATE device_authorization SET concluded_at = ? WHERE hash = ? AND"
                                + " concluded_at IS NULL",
                        tx.now().toEpochMilli(),
                        hash.bytes())
                == 1;
    }

    private static DeviceAuthorization authorization(ResultSet row) throws SQLException {
        return new DeviceAuthorization(
                new ClientId(row.getString("client_id")),
                row.getString("request"),
                Columns.instant(row, "expires_at"),
                Duration.ofMillis(row.getLong("interval_millis")),
                Columns.instantIfAny(row, "polled_at"),
                state(row));
    }

    private static State state(ResultSet row) throws SQLException {
        if (Columns.instantIfAny(row, "concluded_at").isPresent()) return new State.Concluded();
        var denial = Columns.textIfAny(row, "denial");
        if (denial.isPresent()) return new State.Denied(denial.get());
        return Optional.ofNullable(row.getBytes("code_hash"))
                .map(SecretHash::new)
                .<State>map(State.Approved::new)
                .orElseGet(State.Pending::new);
    }
}
