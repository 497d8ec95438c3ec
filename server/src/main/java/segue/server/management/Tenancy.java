package segue.server.management;

import segue.domain.identifier.ClientId;
import segue.server.action.Trial;
import segue.server.dpop.DpopProofs;
import segue.server.http.Method;
import segue.server.http.Request;
import segue.server.jwt.Jwts;
import segue.server.keys.MasterKey;
import segue.server.keys.SigningKeys;
import segue.server.network.Networks;
import segue.server.oauth.Domains;
import segue.server.oauth.Origins;
import segue.server.oauth.Registry;
import segue.server.password.PasswordLane;
import segue.server.registry.ActionSecrets;
import segue.server.secret.Mint;
import segue.server.settings.Rate;
import segue.storage.Actions;
import segue.storage.Configuration;
import segue.storage.Explanations;
import segue.storage.FamilyTrees;
import segue.storage.Grants;
import segue.storage.Observations;
import segue.storage.Revocations;
import segue.storage.Users;
import segue.storage.jdbc.Database;

import java.time.Clock;
import java.util.Set;

/// The resources of the tenant: what the Management API and the tenant file both work with.
public final class Tenancy {
    private final Clock clock;
    private final Domains domains;
    final Configuration configuration;
    final Mint mint;
    final Clients clients;
    final ResourceServers resourceServers;
    final ClientGrants clientGrants;
    final Connections connections;
    final Organizations organizations;
    final Tenants tenants;
    final UserApi users;
    final Users people;
    final Actions actions;
    final ActionSecrets actionSecrets;
    final ActionApi actionApi;
    final TriggerApi triggers;
    final TokenExchangeProfiles profiles;

    /// @param tenant the tenant's name
    /// @param knowsNetworks whether there is a database of autonomous systems
    public Tenancy(
            Configuration configuration,
            Actions actions,
            Users people,
            MasterKey master,
            SigningKeys keys,
            Mint mint,
            Domains domains,
            PasswordLane passwords,
            String tenant,
            boolean knowsNetworks,
            Clock clock) {
        this.configuration = configuration;
        this.people = people;
        this.mint = mint;
        this.domains = domains;
        this.clock = clock;
        this.clients =
                new Clients(
                        configuration, master, keys, mint, domains, tenant, knowsNetworks, clock);
        this.resourceServers = new ResourceServers(configuration, master, mint, domains);
        this.clientGrants = new ClientGrants(configuration, domains, mint);
        this.connections = new Connections(configuration, people, mint, clock);
        this.organizations = new Organizations(configuration, people, mint);
        this.tenants = new Tenants(configuration);
        this.users = new UserApi(people, configuration, passwords, mint);
        this.actions = actions;
        this.actionSecrets = new ActionSecrets(master);
        this.actionApi = new ActionApi(actions, actionSecrets, mint, clock);
        this.triggers = new TriggerApi(actions, mint);
        this.profiles = new TokenExchangeProfiles(actions, mint);
    }

    /// The Management API over these resources.
    ///
    /// @param grants what users have allowed clients
    /// @param trial runs drafts of actions
    /// @param rate how often one client may call
    public ManagementApi api(
            Database database,
            Revocations revocations,
            Grants grants,
            Trial trial,
            Jwts jwts,
            DpopProofs proofs,
            Registry registry,
            Origins origins,
            Rate rate) {
        var observations = new Observations(database);
        return new ManagementApi(
                clients,
                new ClientCredentialApi(clients, mint, clock),
                resourceServers,
                clientGrants,
                connections,
                organizations,
                tenants,
                users,
                new SessionApi(observations, revocations, domains),
                new FamilyApi(new FamilyTrees(database), revocations),
                new ExplainApi(new Explanations(database), registry, origins),
                new GrantApi(grants, domains),
                new DeviceCredentialApi(observations, revocations),
                actionApi,
                new ActionTestApi(actions, actionSecrets, trial),
                triggers,
                profiles,
                new LogApi(observations, domains),
                jwts,
                proofs,
                domains,
                registry,
                origins,
                rate,
                clock);
    }

    /// The call behind a change that an operator makes from the command line, who may do
    /// everything.
    static Call byOperator(String resource) {
        var request = Request.to(Method.POST, "/tenant-file/" + resource);
        return new Call(
                request,
                new Origins(Networks.NONE).of(request),
                new ClientId("tenant-file"),
                "tenant file",
                Set.copyOf(Bootstrap.SCOPES));
    }
}
