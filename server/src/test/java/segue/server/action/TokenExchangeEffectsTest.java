package segue.server.action;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import segue.domain.action.Effect;
import segue.domain.action.TokenExchangeEffect;
import segue.domain.action.TokenExchangeEffect.Deny;
import segue.domain.action.TokenExchangeEffect.Profile;
import segue.domain.action.TokenExchangeEffect.RejectInvalidSubjectToken;
import segue.domain.action.TokenExchangeEffect.SetActor;
import segue.domain.action.TokenExchangeEffect.SetOrganization;
import segue.domain.action.TokenExchangeEffect.SetUser;
import segue.domain.action.TokenExchangeEffect.Subject;
import segue.domain.secret.Secret;

import java.util.List;
import java.util.Optional;

final class TokenExchangeEffectsTest {
    private static final Redactor REDACTOR = new Redactor(List.of(new Secret("subject-token")));

    private static TokenExchangeEffect read(String call, String arguments) {
        var calls =
                "[{\"call\":\"%s\",\"args\":[%s]}]".formatted(call, arguments.replace('\'', '"'));
        return TokenExchangeEffects.read(Json.MAPPER.readTree(calls), REDACTOR)
                .effects()
                .getFirst();
    }

    @Test
    void everyCallOfTheContractIsUnderstood() {
        assertThat(read("access.deny", "'no','why'")).isEqualTo(new Deny("no", "why"));
        assertThat(read("access.rejectInvalidSubjectToken", "'why'"))
                .isEqualTo(new RejectInvalidSubjectToken("why"));
        assertThat(read("authentication.setUserById", "'auth0|ada'"))
                .isEqualTo(new SetUser(new Subject.ById("auth0|ada")));
        assertThat(read("authentication.setOrganization", "'acme'"))
                .isEqualTo(new SetOrganization("acme"));
        assertThat(read("authentication.setActor", "{'sub':'agent','act':{'sub':'boss','n':1}}"))
                .isEqualTo(new SetActor("{\"sub\":\"agent\",\"act\":{\"sub\":\"boss\",\"n\":1}}"));
        assertThat(read("user.setAppMetadata", "'plan',1"))
                .isEqualTo(new Effect.SetAppMetadata("plan", Optional.of("1")));
        assertThat(read("user.setUserMetadata", "'plan',null"))
                .isEqualTo(new Effect.SetUserMetadata("plan", Optional.empty()));
        var profile =
                """
                {'user_id':'ada','email':'Ada@example.org','email_verified':true,'username':'ada',
                 'verify_email':false,'name':'Ada','phone_number':'+1','phone_verified':true,'picture':null}
                """;
        assertThat(
                        read(
                                "authentication.setUserByConnection",
                                "'Users',"
                                        + profile
                                        + ",{'creationBehavior':'create_if_not_exists',"
                                        + "'updateBehavior':'replace'}"))
                .isEqualTo(
                        new SetUser(
                                new Subject.ByConnection(
                                        "Users",
                                        new Profile(
                                                "ada",
                                                Optional.of("Ada@example.org"),
                                                Optional.of(true),
                                                Optional.of("ada"),
                                                "{\"name\":\"Ada\",\"phone_number\":\"+1\",\"phone_verified\":true}"),
                                        true,
                                        true)));
    }

    private static final String NONE = "{'creationBehavior':'none','updateBehavior':'none'}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    access.deny | 'no'
                    access.deny | 1,'why'
                    access.rejectInvalidSubjectToken |
                    authentication.setUserById | ''
                    authentication.setUserById | 7
                    authentication.setUserByConnection | 'Users',{'user_id':'ada'}
                    authentication.setUserByConnection | 'Users',{'user_id':'ada'},{'creationBehavior':'none'}
                    authentication.setUserByConnection | 'Users',{'user_id':'ada'},{'creationBehavior':'create','updateBehavior':'none'}
                    authentication.setUserByConnection | 'Users',{'user_id':'ada'},{'creationBehavior':'none','updateBehavior':'none','x':1}
                    authentication.setUserByConnection | 'Users',{},NONE
                    authentication.setUserByConnection | 'Users','ada',NONE
                    authentication.setUserByConnection | 'Users',{'user_id':'a b'},NONE
                    authentication.setUserByConnection | 'Users',{'user_id':7},NONE
                    authentication.setUserByConnection | 'Users',{'user_id':'ada','email':'none'},NONE
                    authentication.setUserByConnection | 'Users',{'user_id':'ada','email_verified':'yes'},NONE
                    authentication.setUserByConnection | 'Users',{'user_id':'ada','name':1},NONE
                    authentication.setUserByConnection | 'Users',{'user_id':'ada','blocked':false},NONE
                    authentication.setActor | 'agent'
                    authentication.setActor | {}
                    authentication.setActor | {'sub':''}
                    authentication.setActor | {'sub':7}
                    authentication.setActor | {'sub':'a','roles':['x']}
                    authentication.setActor | {'sub':'a','b':1,'c':1,'d':1,'e':1,'f':1,'g':1}
                    authentication.setActor | {'sub':'a','act':'b'}
                    authentication.setActor | {'sub':'1','act':{'sub':'2','act':{'sub':'3','act':{'sub':'4','act':{'sub':'5','act':{'sub':'6'}}}}}}
                    session.revoke | 'x'
                    accessToken.setCustomClaim | 'x',1
                    """)
    void whatDoesNotFitIsMalformed(String call, String arguments) {
        var given = Optional.ofNullable(arguments).orElse("").replace("NONE", NONE);
        assertThat(read(call, given)).isInstanceOf(Effect.Malformed.class);
    }

    @Test
    void fiveActorsMayStandInARow() {
        assertThat(
                        read(
                                "authentication.setActor",
                                "{'sub':'1','act':{'sub':'2','act':{'sub':'3','act':{'sub':'4',"
                                        + "'act':{'sub':'5'}}}}}"))
                .isInstanceOf(SetActor.class);
    }

    @Test
    void reasonsAreToldWithoutTheSubjectToken() {
        assertThat(read("access.deny", "'subject-token','bad: subject-token'"))
                .isEqualTo(new Deny("***", "bad: ***"));
        assertThat(read("access.rejectInvalidSubjectToken", "'bad: subject-token!'"))
                .isEqualTo(new RejectInvalidSubjectToken("bad: ***!"));
        assertThat(
                        read(
                                "authentication.setUserByConnection",
                                "'Users',{'subject-token':1}," + NONE))
                .isEqualTo(
                        new Effect.Malformed(
                                "api.authentication.setUserByConnection: there is no attribute"
                                        + " '***'"));
    }
}
