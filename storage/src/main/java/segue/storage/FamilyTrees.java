package segue.storage;

import org.jspecify.annotations.Nullable;

import segue.domain.family.Member;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.SessionId;
import segue.storage.jdbc.Database;
import segue.storage.jdbc.MemberTable.Placed;
import segue.storage.jdbc.Tx;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A native sign-in and all that stems from it, as a tree: refresh token, transfers, the sessions
/// that they opened, and the refresh tokens of those.
public final class FamilyTrees {
    private final Database database;

    public FamilyTrees(Database database) {
        this.database = database;
    }

    /// The tree that a refresh token belongs to, from its root; empty if the token is unknown or
    /// forgotten.
    public Optional<Member> of(FamilyId family) {
        return database.read(
                tx ->
                        tx.families()
                                .owner(family)
                                .flatMap(owner -> rooted(tx, owner.parent().orElse(family))));
    }

    /// The tree that a session belongs to. A session that no transfer opened is the root of its
    /// own.
    public Optional<Member> of(SessionId session) {
        return database.read(
                tx -> {
                    var parent = tx.sessions().find(session).flatMap(it -> it.parent());
                    var rooted = parent.flatMap(root -> rooted(tx, root));
                    return rooted.or(() -> alone(tx, session));
                });
    }

    private static Optional<Member> alone(Tx tx, SessionId session) {
        return tx.members()
                .session(session)
                .map(
                        root ->
                                root.member()
                                        .with(
                                                tx.members().familiesIssuedIn(session).stream()
                                                        .map(Placed::member)
                                                        .toList()));
    }

    private static Optional<Member> rooted(Tx tx, FamilyId root) {
        return tx.members().family(root).map(found -> found.member().with(below(tx, root)));
    }

    private static List<Member> below(Tx tx, FamilyId root) {
        var families = by(Placed::session, tx.members().familiesBornOf(root));
        var sessions =
                tx.members().sessionsOf(root).stream()
                        .map(it -> below(it, families.remove(Optional.of(it.member().id()))))
                        .toList();
        var opened = by(Placed::transfer, sessions);
        var children = new ArrayList<Member>();
        for (var transfer : tx.members().transfersOf(root))
            children.add(
                    below(transfer, opened.remove(Optional.of(transfer.member().id()))).member());
        // A session of the same user that was there before isn't of this family, but what a
        // transfer brought it is; and a transfer is forgotten before what it opened.
        opened.values().forEach(rest -> rest.forEach(it -> children.add(it.member())));
        families.values().forEach(rest -> rest.forEach(it -> children.add(it.member())));
        children.sort(Comparator.comparing(Member::createdAt));
        return children;
    }

    private static Placed below(Placed placed, @Nullable List<Placed> children) {
        if (children == null) return placed;
        var member = placed.member().with(children.stream().map(Placed::member).toList());
        return new Placed(member, placed.session(), placed.transfer());
    }

    private static Map<Optional<String>, List<Placed>> by(
            Function<Placed, Optional<String>> place, List<Placed> members) {
        return members.stream()
                .collect(Collectors.groupingBy(place, HashMap::new, Collectors.toList()));
    }
}
