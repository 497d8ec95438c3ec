package segue.server.postlogin;

import segue.domain.action.Policy;
import segue.domain.tenant.TenantSettings;
import segue.server.action.Pipeline;
import segue.server.action.Redirection;
import segue.server.network.Networks;
import segue.server.oauth.Domains;
import segue.server.oauth.Registry;
import segue.storage.Configuration;
import segue.storage.Scene;

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

    /// Hears them. What is bound now counts.
    public Policy.Heard hear(Scene scene, Occasion occasion) {
        var verdict =
                pipeline.run(
                        registry.tenant().actionsRevision(),
                        events.of(scene, occasion),
                        Redirection.first(occasion.isInBrowser()));
        return new Policy.Heard(
                verdict,
                document -> UserChanges.apply(document, verdict.effects()),
                occasion.isForManagementApi());
    }
}
