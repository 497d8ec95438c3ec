package segue.faults;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Something that a client was given, by number: its secret is of no interest here.
///
/// @param parent what it stems from, and ends with
record Thing(Kind kind, long number, Optional<Thing> parent) {
    enum Kind {
        /// All refresh tokens that descend by rotation from one sign-in in the app.
        FAMILY,
        REFRESH_TOKEN,
        TRANSFER,
        SESSION,
        CODE;

        /// For how long it surely works, if nothing ends it: transfers and codes have a minute,
        /// less what a slow machine loses of it.
        Optional<Duration> lifetime() {
            return switch (this) {
                case TRANSFER, CODE -> Optional.of(Duration.ofSeconds(45));
                case FAMILY, REFRESH_TOKEN, SESSION -> Optional.empty();
            };
        }
    }

    /// A family.
    Thing(long number) {
        this(Kind.FAMILY, number, Optional.empty());
    }

    /// Something that stems from another.
    Thing(Kind kind, long number, Thing parent) {
        this(kind, number, Optional.of(parent));
    }

    /// Itself, and all that it stems from.
    List<Thing> line() {
        return Stream.iterate(Optional.of(this), Optional::isPresent, it -> it.get().parent())
                .map(Optional::get)
                .toList();
    }

    /// The family that it stems from.
    Thing family() {
        return line().getLast();
    }

    @Override
    public String toString() {
        var name = kind.name().toLowerCase(Locale.ROOT).replace('_', ' ') + " " + number;
        return parent.map(it -> name + " of " + it).orElse(name);
    }
}
