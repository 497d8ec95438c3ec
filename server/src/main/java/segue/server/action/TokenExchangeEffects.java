package segue.server.action;

import segue.domain.action.Effect;
import segue.domain.action.TokenExchangeEffect;
import segue.domain.action.TokenExchangeEffect.Profile;
import segue.domain.action.TokenExchangeEffect.Subject;
import segue.server.profile.UserDocument;

import tools.jackson.databind.JsonNode;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Turns the calls that the script behind a token exchange profile made into what it asked for
/// (contract actions §7). What it gives as a reason goes to the client and into the log, so that
/// the subject token is taken out of it.
final class TokenExchangeEffects {
    private static final List<String> TEXTS =
            List.of("name", "given_name", "family_name", "nickname", "picture", "phone_number");

    /// No mail is ever sent, so that `verify_email` changes nothing.
    private static final List<String> FLAGS =
            List.of("email_verified", "phone_verified", "verify_email");

    private static final Set<String> ATTRIBUTES =
            Stream.of(List.of("user_id", "email", "username"), TEXTS, FLAGS)
                    .flatMap(List::stream)
                    .collect(Collectors.toUnmodifiableSet());

    /// Contract native-to-web §9.2.
    private static final int MOST_ACTOR_PROPERTIES = 5;

    private static final int DEEPEST_ACTOR = 5;
    private static final int LONGEST_TEXT = 1024;

    private final Redactor redactor;

    private TokenExchangeEffects(Redactor redactor) {
        this.redactor = redactor;
    }

    /// What a script asked for, in its order.
    static Asked<TokenExchangeEffect> read(JsonNode calls, Redactor redactor) {
        return Asked.read(
                calls,
                new TokenExchangeEffects(redactor)::effect,
                problem -> new Effect.Malformed(redactor.redact(problem)));
    }

    private TokenExchangeEffect effect(Call it) throws Call.Wrong {
        return switch (it.name()) {
            case "access.deny" ->
                    new TokenExchangeEffect.Deny(
                            redactor.redact(it.text(0, "code")), redactor.redact(it.reason(1)));
            case "access.rejectInvalidSubjectToken" ->
                    new TokenExchangeEffect.RejectInvalidSubjectToken(
                            redactor.redact(it.reason(0)));
            case "authentication.setUserById" ->
                    new TokenExchangeEffect.SetUser(new Subject.ById(it.name(0)));
            case "authentication.setUserByConnection" ->
                    new TokenExchangeEffect.SetUser(byConnection(it));
            case "authentication.setOrganization" ->
                    new TokenExchangeEffect.SetOrganization(it.name(0));
            case "authentication.setActor" -> new TokenExchangeEffect.SetActor(actor(it.at(0)));
            case "user.setAppMetadata" -> new Effect.SetAppMetadata(it.name(0), it.userValue());
            case "user.setUserMetadata" -> new Effect.SetUserMetadata(it.name(0), it.userValue());
            default -> throw new Call.Wrong("it is not supported");
        };
    }

    private static Subject byConnection(Call it) throws Call.Wrong {
        var options = it.options(2, Set.of("creationBehavior", "updateBehavior"));
        return new Subject.ByConnection(
                it.name(0),
                profile(it.at(1)),
                chooses(options, "creationBehavior", "create_if_not_exists"),
                chooses(options, "updateBehavior", "replace"));
    }

    /// Both must be said: what would be assumed might not be meant.
    private static boolean chooses(JsonNode options, String name, String choice) throws Call.Wrong {
        var chosen = options.path(name).asString("");
        if (chosen.equals(choice)) return true;
        if (chosen.equals("none")) return false;
        throw new Call.Wrong(name + " is '" + choice + "' or 'none'");
    }

    private static Profile profile(JsonNode json) throws Call.Wrong {
        if (!json.isObject()) throw new Call.Wrong("the profile must be an object");
        for (var name : json.propertyNames())
            if (!ATTRIBUTES.contains(name))
                throw new Call.Wrong("there is no attribute '" + name + "'");
        var rest = Json.MAPPER.createObjectNode();
        for (var name : TEXTS)
            if (json.hasNonNull(name)) {
                if (!json.get(name).isString()
                        || json.get(name).stringValue().length() > LONGEST_TEXT)
                    throw new Call.Wrong(
                            name + " must be a string of at most " + LONGEST_TEXT + " characters");
                rest.set(name, json.get(name));
            }
        for (var name : FLAGS)
            if (json.hasNonNull(name) && !json.get(name).isBoolean())
                throw new Call.Wrong(name + " must be a boolean");
        if (json.hasNonNull("phone_verified"))
            rest.set("phone_verified", json.get("phone_verified"));
        return new Profile(
                matching(json, "user_id", UserDocument.LOCAL_ID)
                        .orElseThrow(() -> new Call.Wrong("the user_id is missing")),
                matching(json, "email", UserDocument.EMAIL),
                json.hasNonNull("email_verified")
                        ? Optional.of(json.get("email_verified").booleanValue())
                        : Optional.empty(),
                matching(json, "username", UserDocument.USERNAME),
                rest.toString());
    }

    private static Optional<String> matching(JsonNode json, String name, Pattern pattern)
            throws Call.Wrong {
        if (!json.hasNonNull(name)) return Optional.empty();
        var value = json.get(name);
        if (!value.isString() || !pattern.matcher(value.stringValue()).matches())
            throw new Call.Wrong("this can't be a user's " + name);
        return Optional.of(value.stringValue());
    }

    /// RFC 8693 §4.1: who acts, and for whom they act in turn.
    private static String actor(JsonNode json) throws Call.Wrong {
        var level = json;
        for (var depth = 1; !level.isMissingNode(); depth++) {
            if (depth > DEEPEST_ACTOR)
                throw new Call.Wrong("more than " + DEEPEST_ACTOR + " actors");
            checkActor(level);
            level = level.path("act");
        }
        return json.toString();
    }

    private static void checkActor(JsonNode json) throws Call.Wrong {
        if (!json.isObject()) throw new Call.Wrong("the actor must be an object");
        if (json.path("sub").asString("").isEmpty() || !json.get("sub").isString())
            throw new Call.Wrong("the actor's sub must be a string");
        var others = 0;
        for (var entry : json.properties()) {
            if (entry.getKey().equals("sub") || entry.getKey().equals("act")) continue;
            others++;
            if (!entry.getValue().isValueNode())
                throw new Call.Wrong("the actor's properties must be strings, numbers or booleans");
        }
        if (others > MOST_ACTOR_PROPERTIES)
            throw new Call.Wrong(
                    "the actor has more than " + MOST_ACTOR_PROPERTIES + " further properties");
        if (json.toString().length() > LONGEST_TEXT * DEEPEST_ACTOR)
            throw new Call.Wrong("the actor is too large");
    }
}
