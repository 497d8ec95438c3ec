package segue.server.postlogin;

import segue.domain.action.Effect;
import segue.domain.action.Policy;
import segue.domain.action.Verdict;
import segue.domain.tenant.TenantSettings;
import segue.server.action.Pipeline;
import segue.server.action.Redirection;
import segue.server.http.Parameters;
import segue.server.network.Networks;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.server.trail.Step;
import segue.server.trail.Trail;
import segue.storage.Configuration;
import segue.storage.Scene;

import java.util.Optional;
import java.util.function.Supplier;

/// Asks the tenant's post-login Actions. Called without a connection and without a lock (DESIGN
/// section 4).
public final class PostLogin {
    private final Pipeline pipeline;
    private final Registry registry;
    private final Events events;

    /// @param tenant the tenant's name
    public PostLogin(
            Pipeline pipeline,
            Registry registry,
            Configuration configuration,
            Domains domains,
            Networks networks,
            String tenant) {
        this.pipeline = pipeline;
        this.registry = registry;
        this.events = new Events(configuration, domains, networks, tenant);
    }

    /// Whether Actions must be heard before a sign-in counts.
    ///
    /// @param tenant as read in this request
    public Policy policy(TenantSettings tenant) {
        return pipeline.isEmpty(tenant.actionsRevision())
                ? new Policy.None()
                : new Policy.Unheard();
    }

    /// Hears them again after the browser was elsewhere.
    ///
    /// @param continuation where they go on
    /// @param state with which the browser came back
    /// @param query of its request
    /// @param body of its request
    public Policy.Heard hearAgain(
            Scene scene,
            Occasion occasion,
            String continuation,
            String state,
            Parameters query,
            Parameters body) {
        var redirection =
                new Redirection(true, Optional.of(state), Events.told(query), Events.told(body));
        return heard(
                ran(
                        () ->
                                pipeline.resume(
                                        registry.tenant().actionsRevision(),
                                        continuation,
                                        events.of(
                                                scene,
                                                occasion,
                                                redirection.query(),
                                                redirection.body()),
                                        redirection)),
                occasion);
    }

    /// Hears them. What is bound now counts.
    public Policy.Heard hear(Scene scene, Occasion occasion) {
        return heard(
                ran(
                        () ->
                                pipeline.run(
                                        registry.tenant().actionsRevision(),
                                        events.of(scene, occasion),
                                        Redirection.first(occasion.mayRedirect()))),
                occasion);
    }

    private static Verdict ran(Supplier<Verdict> actions) {
        return Trail.step(Step.Kind.ACTIONS, actions);
    }

    private static Policy.Heard heard(Verdict verdict, Occasion occasion) {
        return new Policy.Heard(
                occasion.isInBrowser() ? verdict : withoutRedirects(verdict),
                document -> UserChanges.apply(document, verdict.effects()),
                occasion.isForManagementApi());
    }

    /// Without a browser there is nobody to send elsewhere (contract actions §5), which denies.
    private static Verdict withoutRedirects(Verdict verdict) {
        return new Verdict(
                verdict.effects().stream()
                        .map(
                                effect ->
                                        effect instanceof Effect.Redirect
                                                ? new Effect.Malformed(
                                                        "there is no browser to send elsewhere")
                                                : effect)
                        .toList(),
                verdict.failure(),
                verdict.execution());
    }
}
