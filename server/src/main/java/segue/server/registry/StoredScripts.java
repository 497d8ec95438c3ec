package segue.server.registry;

import segue.server.action.Script;
import segue.server.action.Scripts;
import segue.server.keys.MasterKey;
import segue.storage.Actions;
import segue.storage.jdbc.ActionTable.Deployed;

import java.util.List;
import java.util.Optional;

/// The Actions that are deployed, with their secrets opened.
public final class StoredScripts implements Scripts {
    private final Actions actions;
    private final ActionSecrets secrets;

    public StoredScripts(Actions actions, MasterKey master) {
        this.actions = actions;
        this.secrets = new ActionSecrets(master);
    }

    @Override
    public List<Script> boundTo(String trigger) {
        return actions.deployed(trigger).stream().map(this::script).toList();
    }

    @Override
    public Optional<Script> judging(String subjectTokenType) {
        return actions.profile(subjectTokenType)
                .flatMap(profile -> actions.deployedById(profile.action()))
                .map(this::script);
    }

    private Script script(Deployed deployed) {
        return new Script(
                deployed.action().value(),
                deployed.name(),
                deployed.version(),
                deployed.code(),
                secrets.open(deployed.action(), deployed.sealedSecrets()));
    }
}
