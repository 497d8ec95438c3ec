package segue.faults;

import java.util.List;
import java.util.Map;

/// The app, the web app and the users of the load.
final class Tenant {
    static final String APP = "faultsAppAAAAAAAAAAAAAAAAAAAAAAA";
    static final String WEB = "faultsWebBBBBBBBBBBBBBBBBBBBBBBB";
    static final String WEB_SECRET = "a secret of the web app, longer than thirty-two characters";
    static final String CALLBACK = "https://web.example/cb";
    static final String OPERATOR = "faultsOperatorCCCCCCCCCCCCCCCCCC";
    static final String OPERATOR_SECRET = "a bootstrap secret of more than thirty-two characters";
    static final String PASSWORD = "a password for faults";
    static final List<String> USERS =
            List.of("ada@example.org", "bob@example.org", "eve@example.org");

    private Tenant() {}

    /// As a tenant file has it.
    static String yaml() {
        return """
        clients:
          - {name: App, client_id: %s, app_type: native, token_endpoint_auth_method: none,
             callbacks: ["org.example.demo://callback"], grant_types: [authorization_code, refresh_token,
                           "http://auth0.com/oauth/grant-type/password-realm"],
             jwt_configuration: {alg: ES256}, refresh_token: {rotation_type: rotating, expiration_type: expiring},
             session_transfer: {can_create_session_transfer_token: true, enforce_cascade_revocation: true}}
          - {name: Web, client_id: %s, client_secret: "%s", app_type: regular_web, callbacks: ["%s"],
             jwt_configuration: {alg: ES256}, grant_types: [authorization_code],
             session_transfer: {allowed_authentication_methods: [query]}}
        users:
          - {email: %s, password: %s}
          - {email: %s, password: %s}
          - {email: %s, password: %s}
        """
                .formatted(
                        APP,
                        WEB,
                        WEB_SECRET,
                        CALLBACK,
                        USERS.get(0),
                        PASSWORD,
                        USERS.get(1),
                        PASSWORD,
                        USERS.get(2),
                        PASSWORD);
    }

    /// Of a server that has it, on whatever database.
    static Map<String, String> settings() {
        return Map.of(
                "bootstrap.client-id",
                OPERATOR,
                "bootstrap.client-secret",
                OPERATOR_SECRET,
                "limits.exchanges-per-family",
                "1000000/s",
                "limits.management",
                "1000000/s",
                "log.level",
                "warn");
    }
}
