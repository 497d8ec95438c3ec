/// What Segue remembers, as use cases: each public method is one transaction that locks, claims,
/// lets the domain decide and carries the decision out. Start at `Transfers` for the hand-off,
/// `Families` for refresh tokens, `Endings` for everything that ends. SQL lives in
/// [segue.storage.jdbc] and nowhere else.
@NullMarked
package segue.storage;

import org.jspecify.annotations.NullMarked;
