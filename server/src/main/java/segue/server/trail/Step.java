package segue.server.trail;

import java.time.Duration;

/// A part of the work for a request that takes its time.
///
/// @param after so long after the request's begin
public record Step(Kind kind, Duration after, Duration took) {
    /// What was done. There are no others, so that a name tells nothing of whom it was done for.
    public enum Kind {
        /// A writing transaction, the wait for its turn and its flush included.
        TRANSACTION("database transaction"),
        /// Reading from the database.
        READ("database read"),
        /// A signature.
        SIGN("sign"),
        /// A password hash, the wait for a lane included.
        PASSWORD("password hash"),
        /// All Actions of a trigger.
        ACTIONS("actions");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        /// For people.
        public String words() {
            return words;
        }
    }
}
