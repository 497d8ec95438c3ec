package segue.storage;

import segue.domain.log.LogEvent;
import segue.domain.logout.Backoff;
import segue.domain.logout.Notice;
import segue.storage.jdbc.Database;

import java.time.Duration;
import java.util.List;

/// The outbox of back-channel logout: any number of nodes empty it, and a crash loses nothing. A
/// client may hear twice of one end; it never fails to hear because we stopped.
public final class LogoutNotices {
    private final Database database;

    public LogoutNotices(Database database) {
        this.database = database;
    }

    /// Takes some that are due.
    ///
    /// @param lease how long this node may take over them before another one does
    public List<Notice> take(int most, Duration lease) {
        return database.inTransaction(tx -> tx.logoutNotices().take(most, lease));
    }

    /// The client has heard, or has nothing to hear with any more.
    public void finish(Notice notice, LogEvent event) {
        database.inTransaction(
                tx -> {
                    if (tx.logoutNotices().remove(notice)) tx.log().append(event);
                    return true;
                });
    }

    /// The client couldn't be told: it is tried again later, or given up.
    ///
    /// @param event of this failure, for the tenant log
    public void failed(Notice notice, LogEvent event) {
        database.inTransaction(
                tx -> {
                    Backoff.after(notice.attempts())
                            .ifPresentOrElse(
                                    pause ->
                                            tx.logoutNotices()
                                                    .postpone(notice, tx.now().plus(pause)),
                                    () -> tx.logoutNotices().remove(notice));
                    tx.log().append(event);
                    return true;
                });
    }
}
