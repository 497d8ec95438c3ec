package segue.acceptance;

import com.nimbusds.jose.JWSAlgorithm;

import segue.demo.wire.Answer;

import tools.jackson.databind.json.JsonMapper;

import java.security.KeyPair;
import java.util.Base64;
import java.util.Map;

/// `openid-client` 6.8.9 whose client has a key instead of a secret: `private_key_jwt` wherever a
/// client is authenticated.
class OpenidClientKeyStory extends OpenidClientContract {
    private static final JsonMapper JSON = new JsonMapper();

    private final KeyPair keys = Assertions.keys(JWSAlgorithm.ES256);

    OpenidClientKeyStory() {
        super("openid-client.js");
    }

    @Override
    String authMethod() {
        return "private_key_jwt";
    }

    @Override
    String authentication() {
        return """
        "client_authentication_methods":{"private_key_jwt":{"credentials":[
          {"credential_type":"public_key","name":"A key","pem":%s,"alg":"ES256"}]}}
        """
                .formatted(JSON.writeValueAsString(Assertions.pem(keys)));
    }

    @Override
    Map<String, String> credentials(Answer client) {
        var key = Base64.getEncoder().encodeToString(keys.getPrivate().getEncoded());
        return Map.of("SEGUE_CLIENT_KEY", key);
    }
}
