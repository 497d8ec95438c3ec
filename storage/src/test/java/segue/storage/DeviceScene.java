package segue.storage;

import segue.domain.action.Policy;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.UserId;
import segue.domain.secret.Secret;
import segue.domain.token.AuthorizationCode;
import segue.domain.token.RefreshScope;
import segue.domain.transfer.Presented;
import segue.storage.Authorizations.Authorized;
import segue.storage.DeviceAuthorizations.Entered;
import segue.storage.DeviceAuthorizations.Polled;

import java.util.Optional;

/// A device of the app, its user, and their browser: the shortest way to say what they do.
record DeviceScene(Fixture fixture) {
    static final int PLENTY = 1_000;

    /// @param userCode as random as the other, for the storage sees nothing but hashes
    record Asked(Secret deviceCode, Secret userCode) {}

    /// A browser in which a code was typed.
    record Browser(Secret state, Secret cookie) {}

    DeviceAuthorizations devices() {
        return new DeviceAuthorizations(fixture.database);
    }

    private Authorizations authorizations() {
        return new Authorizations(fixture.database, Observer.NONE);
    }

    Asked asked() {
        var asked = new Asked(fixture.secret(), fixture.secret());
        issue(asked);
        return asked;
    }

    boolean issue(Asked asked) {
        return devices()
                .issue(
                        asked.deviceCode().hash(),
                        asked.userCode().hash(),
                        fixture.app(),
                        "client_id=app");
    }

    DeviceAuthorizations.Entry entry(Asked asked, Browser browser, int limit) {
        return new DeviceAuthorizations.Entry(
                asked.userCode().hash(),
                Optional.empty(),
                browser.cookie().hash(),
                browser.state().hash(),
                limit,
                Fixture.from(2));
    }

    Browser browser() {
        return new Browser(fixture.secret(), fixture.secret());
    }

    /// The browser, once the code was typed.
    Browser entered(Asked asked) {
        var browser = browser();
        var outcome = devices().enter(entry(asked, browser, PLENTY));
        if (outcome instanceof Entered.Found) return browser;
        throw new AssertionError("the code wasn't found: " + outcome);
    }

    /// What goes on when the user says yes.
    ///
    /// @param cookie of their session, if they have one
    Fixture.Request confirming(Asked asked, Optional<Secret> cookie) {
        var visit =
                fixture.request(new Presented.Nowhere(), cookie, Fixture.PLAIN, Fixture.from(2));
        var it = visit.command();
        var wanted = it.request();
        var command =
                new Authorizations.Authorize(
                        it.presented(),
                        it.proof(),
                        it.arrival(),
                        fixture.app(),
                        it.responseType(),
                        it.ask(),
                        it.connection(),
                        it.cookie(),
                        it.browser(),
                        new AuthorizationCode.Request(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                wanted.scope(),
                                Optional.empty(),
                                Optional.empty(),
                                false,
                                Optional.empty()),
                        it.offline(),
                        Optional.of(asked.deviceCode().hash()),
                        it.limits(),
                        it.transferLimits(),
                        it.mismatches(),
                        "client_id=app",
                        it.consent(),
                        it.policy(),
                        it.minted(),
                        it.origin());
        return new Fixture.Request(
                command,
                visit.cookie(),
                visit.code(),
                visit.session(),
                visit.interaction(),
                visit.browser());
    }

    Optional<Authorized> confirm(Browser browser, Fixture.Request confirming) {
        return authorizations()
                .activate(confirming.command(), browser.state().hash(), browser.cookie().hash());
    }

    /// The user signs in and says yes; returns their session.
    SessionId approve(Asked asked, UserId user) {
        var form = confirming(asked, Optional.empty());
        var paused = confirm(entered(asked), form).orElseThrow();
        if (!(paused instanceof Authorized.Paused))
            throw new AssertionError("nobody has to sign in: " + paused);
        var session = new SessionId(fixture.id());
        var cookie = fixture.secret();
        var browser = fixture.secret();
        var completion =
                new SignIns.Completion(
                        form.interaction().hash(),
                        form.browser().hash(),
                        browser.hash(),
                        Optional.empty(),
                        user,
                        fixture.app(),
                        Optional.empty(),
                        session,
                        cookie.hash(),
                        fixture.limits,
                        new Policy.None(),
                        Fixture.from(2));
        new SignIns(fixture.database).complete(completion);
        var resumed =
                authorizations()
                        .resume(
                                confirming(asked, Optional.of(cookie)).command(),
                                form.interaction().hash(),
                                browser.hash())
                        .orElseThrow();
        if (resumed instanceof Authorized.Granted) return session;
        throw new AssertionError("not approved: " + resumed);
    }

    /// A poll, and the refresh token that is valid if it is granted.
    record Poll(Polled outcome, FamilyId family, Secret refreshToken) {}

    Poll poll(Asked asked) {
        return poll(asked, fixture.app());
    }

    Poll poll(Asked asked, Caller caller) {
        var family = new FamilyId(fixture.id());
        var refreshToken = fixture.secret();
        var outcome =
                devices()
                        .poll(
                                new Codes.Exchange(
                                        asked.deviceCode().hash(),
                                        caller,
                                        Optional.empty(),
                                        Optional.empty(),
                                        new RefreshScope.Target.Original(),
                                        family,
                                        refreshToken.hash(),
                                        new GrantId(fixture.id()),
                                        fixture.secret().hash(),
                                        Fixture.LIFETIMES,
                                        Fixture.from(3)));
        return new Poll(outcome, family, refreshToken);
    }
}
