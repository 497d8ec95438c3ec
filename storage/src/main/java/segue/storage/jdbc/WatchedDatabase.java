package segue.storage.jdbc;

import java.util.function.Function;
import java.util.function.Supplier;

/// A database with something around each unit of work, as its caller waits for it.
public final class WatchedDatabase extends Database {
    private final Database watched;
    private final Around around;

    public WatchedDatabase(Database watched, Around around) {
        this.watched = watched;
        this.around = around;
    }

    /// What is around.
    public interface Around {
        /// Does the work, once, and returns what it returns.
        ///
        /// @param isWriting whether it waits for a commit
        <T> T unit(boolean isWriting, Supplier<T> work);
    }

    @Override
    public <T> T inTransaction(Function<Tx, T> work) {
        return around.unit(true, () -> watched.inTransaction(work));
    }

    @Override
    public <T> T rehearse(Function<Tx, T> work) {
        return around.unit(true, () -> watched.rehearse(work));
    }

    @Override
    public <T> T read(Function<Tx, T> work) {
        return around.unit(false, () -> watched.read(work));
    }

    @Override
    public long timesConfigured() {
        return watched.timesConfigured();
    }

    @Override
    public String describe() {
        return watched.describe();
    }

    @Override
    public int pending() {
        return watched.pending();
    }

    @Override
    public void close() {
        watched.close();
    }
}
