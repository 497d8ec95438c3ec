package segue.benchmark;

import java.io.IOException;
import java.util.Locale;

/// What is done over and over.
enum Flow {
    /// A refresh with rotation and an ID token.
    REFRESH("openid offline_access") {
        @Override
        void run(Member member) throws IOException {
            member.refresh();
        }
    },
    /// A refresh token for a session transfer token, without an ID token.
    EXCHANGE("offline_access") {
        @Override
        void run(Member member) throws IOException {
            var _ = member.exchange();
        }
    },
    /// A silent sign-in with a session.
    SILENT("openid offline_access") {
        @Override
        void run(Member member) throws IOException {
            member.signIn();
        }
    },
    /// Exchange, redemption and code exchange with an ID token: three requests.
    HAND_OFF("offline_access") {
        @Override
        void run(Member member) throws IOException {
            member.handOff();
        }
    };

    private final String scope;

    Flow(String scope) {
        this.scope = scope;
    }

    /// What the app asks for when its user signs in.
    String scope() {
        return scope;
    }

    /// On the command line and in what is printed.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    abstract void run(Member member) throws IOException;
}
