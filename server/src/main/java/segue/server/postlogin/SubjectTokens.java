package segue.server.postlogin;

import segue.domain.action.TokenExchangeEvent;
import segue.domain.action.TokenExchangeRuling.Vouched;
import segue.domain.action.TokenExchangeVerdict;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.OrganizationId;
import segue.server.action.Pipeline;
import segue.server.action.Script;
import segue.server.network.Networks;
import segue.server.oauth.Domains;
import segue.server.trail.Step;
import segue.server.trail.Trail;
import segue.storage.Configuration;
import segue.storage.TokenExchanges;
import segue.storage.jdbc.ConfigurationTable.Kind;

import java.util.Optional;

/// Asks the Action behind a token exchange profile (contract actions §7). Called without a
/// connection and without a lock.
public final class SubjectTokens {
    private final Pipeline pipeline;
    private final Configuration configuration;
    private final Events events;

    /// @param tenant the tenant's name
    public SubjectTokens(
            Pipeline pipeline,
            Configuration configuration,
            Domains domains,
            Networks networks,
            String tenant) {
        this.pipeline = pipeline;
        this.configuration = configuration;
        this.events = new Events(configuration, domains, networks, tenant);
    }

    /// What judges a type of subject token; empty if there is no profile for it.
    public Optional<Script> judging(String subjectTokenType) {
        return pipeline.judging(subjectTokenType);
    }

    /// Lets it judge.
    public TokenExchangeVerdict judge(
            Script script, Occasion occasion, TokenExchangeEvent.Transaction transaction) {
        return Trail.step(
                Step.Kind.ACTIONS, () -> pipeline.judge(script, events.of(occasion, transaction)));
    }

    /// An organization as an Action names it: a name will do whatever the tenant allows clients.
    public Optional<OrganizationId> organization(String idOrName) {
        return configuration
                .find(Kind.ORGANIZATION, idOrName)
                .or(() -> configuration.findByKey(Kind.ORGANIZATION, idOrName))
                .map(stored -> new OrganizationId(stored.id()));
    }

    /// Whom an Action vouches for; empty if it names a connection that doesn't exist.
    public Optional<TokenExchanges.Subject> subject(Vouched vouched) {
        return VouchedUser.of(
                vouched,
                name ->
                        configuration
                                .findByKey(Kind.CONNECTION, name)
                                .map(stored -> new ConnectionId(stored.id())));
    }
}
