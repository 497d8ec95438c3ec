-- One database is one tenant. Times are milliseconds since 1970-01-01T00:00:00Z. Minted secrets are stored as their
-- SHA-256 (32 bytes) only; what must be readable again is sealed under the master key (columns named sealed_*).
-- What is locked in order is compared by bytes (COLLATE "C"), as Java compares it; and so is what refers to it, or a join
-- from the one to the other would find no index.
-- Documents are JSON texts as the Management API shows them; columns beside a document repeat what SQL must see.
-- What each use changes, in columns without an index, has a fillfactor: the new version finds room on the page of the old
-- one (HOT), and no index is written (docs/scaling.md).

CREATE TABLE tenant (
    only_row     INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    document     TEXT    NOT NULL,
    actions_revision BIGINT NOT NULL -- rises with every change of what actions run; 0: none was ever deployed
);

-- Rises with every change of the configuration, so that nodes know when what they remember of it is old.
CREATE TABLE configuration_revision (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    revision BIGINT  NOT NULL
);
INSERT INTO configuration_revision VALUES (1, 0);

CREATE TABLE client (
    client_id     TEXT    NOT NULL PRIMARY KEY,
    document      TEXT    NOT NULL,
    sealed_secret BYTEA NOT NULL,
    can_create    BOOLEAN NOT NULL, -- session_transfer.can_create_session_transfer_token
    cascades      BOOLEAN NOT NULL, -- session_transfer.enforce_cascade_revocation
    online        BOOLEAN NOT NULL, -- session_transfer.enforce_online_refresh_tokens
    logout_initiators TEXT NOT NULL, -- which ends of a session it wants to hear of: names between spaces, or nothing
    created_at    BIGINT  NOT NULL
);

CREATE TABLE resource_server (
    id            TEXT    NOT NULL PRIMARY KEY,
    identifier    TEXT    NOT NULL UNIQUE,
    document      TEXT    NOT NULL,
    sealed_secret BYTEA,
    created_at    BIGINT  NOT NULL
);

CREATE TABLE client_grant (
    id            TEXT    NOT NULL PRIMARY KEY,
    client_id     TEXT    NOT NULL REFERENCES client ON DELETE CASCADE,
    audience      TEXT    NOT NULL,
    subject_type  TEXT    NOT NULL,
    document      TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    UNIQUE (client_id, audience, subject_type)
);

CREATE TABLE connection (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    strategy      TEXT    NOT NULL,
    document      TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL
);

CREATE TABLE connection_client (
    connection_id TEXT    NOT NULL REFERENCES connection ON DELETE CASCADE,
    client_id     TEXT    NOT NULL REFERENCES client ON DELETE CASCADE,
    PRIMARY KEY (connection_id, client_id)
);
CREATE INDEX connection_client_by_client ON connection_client (client_id);

CREATE TABLE organization (
    id            TEXT    NOT NULL PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    document      TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL
);

CREATE TABLE organization_connection (
    organization_id TEXT  NOT NULL REFERENCES organization ON DELETE CASCADE,
    connection_id   TEXT  NOT NULL REFERENCES connection ON DELETE CASCADE,
    document        TEXT  NOT NULL,
    assigns_membership BOOLEAN NOT NULL,
    PRIMARY KEY (organization_id, connection_id)
);

-- The row that every creation of a credential locks FOR SHARE and every end of a user FOR UPDATE. What each login
-- writes lives in user_login, so that two logins of one user don't wait for each other's lock in opposite order.
CREATE TABLE app_user (
    user_id       TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    connection_id TEXT    NOT NULL REFERENCES connection,
    email         TEXT,             -- lower case
    username      TEXT,             -- lower case
    name          TEXT,
    password_hash TEXT,
    blocked       BOOLEAN NOT NULL,
    document      TEXT    NOT NULL, -- profile and metadata
    created_at    BIGINT  NOT NULL,
    updated_at    BIGINT  NOT NULL,
    password_changed_at BIGINT,
    UNIQUE (connection_id, email),
    UNIQUE (connection_id, username)
);
CREATE INDEX app_user_by_email ON app_user (email);
CREATE INDEX app_user_by_username ON app_user (username);
CREATE INDEX app_user_by_creation ON app_user (created_at, user_id);

-- The ids of deleted users: none is given to somebody else, and a restored backup is cleansed by them.
CREATE TABLE erased_user (
    user_id       TEXT    NOT NULL PRIMARY KEY,
    erased_at     BIGINT  NOT NULL
);

CREATE TABLE user_login (
    user_id       TEXT    COLLATE "C" NOT NULL PRIMARY KEY REFERENCES app_user ON DELETE CASCADE,
    last_login_at BIGINT  NOT NULL,
    last_ip       TEXT    NOT NULL,
    logins_count  BIGINT  NOT NULL
) WITH (fillfactor = 90);

CREATE TABLE organization_member (
    organization_id TEXT  NOT NULL REFERENCES organization ON DELETE CASCADE,
    user_id         TEXT  NOT NULL REFERENCES app_user ON DELETE CASCADE,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_member_by_user ON organization_member (user_id);

-- What a user has allowed a client at an API; audience is empty where there is no API.
CREATE TABLE user_grant (
    id            TEXT    NOT NULL PRIMARY KEY,
    user_id       TEXT    NOT NULL REFERENCES app_user ON DELETE CASCADE,
    client_id     TEXT    NOT NULL REFERENCES client ON DELETE CASCADE,
    audience      TEXT    NOT NULL,
    organization_id TEXT,
    scope         TEXT    NOT NULL,
    consented_scope TEXT, -- what of it the user was asked about, absent if they never were
    created_at    BIGINT  NOT NULL,
    UNIQUE (user_id, client_id, audience)
);
CREATE INDEX user_grant_by_client ON user_grant (client_id, created_at, id);
CREATE INDEX user_grant_by_creation ON user_grant (created_at, id);

-- A native or web refresh-token family; its id is the "refresh token id" of the Management API. parent_id is the
-- native family of the session transfer it stems from. Ended rows are tombstones.
CREATE TABLE token_family (
    id                TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    user_id           TEXT    NOT NULL,
    client_id         TEXT    NOT NULL,
    connection_id     TEXT    NOT NULL,
    organization_id   TEXT,
    session_id        TEXT    COLLATE "C",
    parent_id         TEXT    COLLATE "C",
    scope             TEXT    NOT NULL,
    scope_bound       TEXT, -- the most that it may yield for any API
    audience          TEXT,
    requested_claims  TEXT,
    authenticated_at  BIGINT  NOT NULL,
    methods           TEXT    NOT NULL,
    rotating          BOOLEAN NOT NULL,
    generation        BIGINT  NOT NULL,
    created_at        BIGINT  NOT NULL,
    expires_at        BIGINT,
    idle_expires_at   BIGINT,
    last_exchanged_at BIGINT,
    initial_ip        BYTEA NOT NULL,
    initial_asn       BIGINT,
    initial_user_agent TEXT   NOT NULL,
    last_ip           BYTEA NOT NULL,
    last_asn          BIGINT,
    last_user_agent   TEXT    NOT NULL,
    metadata          TEXT    NOT NULL,
    ended_at          BIGINT,
    cause             TEXT,
    jkt               TEXT     -- RFC 9449: the key that every use must prove possession of, if it is bound to one
) WITH (fillfactor = 90);
CREATE INDEX token_family_by_user ON token_family (user_id, created_at, id);
CREATE INDEX token_family_alive ON token_family (user_id, client_id, created_at, id) WHERE ended_at IS NULL;
CREATE INDEX token_family_by_client ON token_family (client_id);
CREATE INDEX token_family_by_session ON token_family (session_id) WHERE session_id IS NOT NULL;
CREATE INDEX token_family_by_parent ON token_family (parent_id) WHERE parent_id IS NOT NULL;

-- One link of a family. superseded_at is the moment of its own rotation: leeway counts from it.
CREATE TABLE refresh_token (
    hash          BYTEA NOT NULL PRIMARY KEY,
    family_id     TEXT    COLLATE "C" NOT NULL REFERENCES token_family ON DELETE CASCADE,
    generation    BIGINT  NOT NULL,
    issued_at     BIGINT  NOT NULL,
    superseded_at BIGINT
) WITH (fillfactor = 90);
CREATE INDEX refresh_token_by_family ON refresh_token (family_id, generation);

-- Proofs of possession and client assertions that were used (RFC 9449 §11.1, RFC 7523 §3), by the hash of their key
-- or client and jti; kept while a clock might still find them fresh.
CREATE TABLE used_proof (
    hash          BYTEA NOT NULL PRIMARY KEY,
    expires_at    BIGINT  NOT NULL
);
CREATE INDEX used_proof_by_expiry ON used_proof (expires_at);

CREATE TABLE session_transfer_token (
    hash            BYTEA NOT NULL PRIMARY KEY,
    id              TEXT    NOT NULL UNIQUE,
    family_id       TEXT    COLLATE "C" NOT NULL,
    client_id       TEXT    NOT NULL,
    user_id         TEXT    NOT NULL,
    connection_id   TEXT    NOT NULL,
    organization_id TEXT,
    scope           TEXT    NOT NULL,
    authenticated_at BIGINT NOT NULL,
    methods         TEXT    NOT NULL,
    issued_at       BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    ip              BYTEA NOT NULL,
    asn             BIGINT,
    user_agent      TEXT    NOT NULL,
    claimed_at      BIGINT,
    redeemed_by     TEXT,   -- the web client that claimed it
    outcome         TEXT,   -- 'accepted' or the reason code of the refusal
    -- The most that its redemption may yield.
    target          TEXT,   -- the only client that may redeem it
    scope_bound     TEXT,
    session_millis  BIGINT, -- how long the session that it opens may live
    challenge       TEXT,   -- S256 of the verifier that must come with it
    wrong_tries     BIGINT  NOT NULL DEFAULT 0,
    proven          BOOLEAN NOT NULL DEFAULT FALSE -- claimed with the right verifier
);
CREATE INDEX session_transfer_token_by_family ON session_transfer_token (family_id, issued_at);
CREATE INDEX session_transfer_token_by_expiry ON session_transfer_token (expires_at);

-- A browser's login here. parent_id links a session that a transfer opened to the native family.
CREATE TABLE session (
    id               TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    secret_hash      BYTEA NOT NULL UNIQUE,
    user_id          TEXT    NOT NULL,
    connection_id    TEXT    NOT NULL,
    organization_id  TEXT,
    parent_id        TEXT    COLLATE "C",
    transfer_id      TEXT,   -- the session transfer token that opened it
    created_at       BIGINT  NOT NULL,
    updated_at       BIGINT  NOT NULL,
    authenticated_at BIGINT  NOT NULL,
    methods          TEXT    NOT NULL,
    last_interacted_at BIGINT NOT NULL,
    expires_at       BIGINT  NOT NULL,
    idle_expires_at  BIGINT  NOT NULL,
    idle_millis      BIGINT  NOT NULL,
    due_at           BIGINT  NOT NULL, -- when somebody looks whether it has expired: never after idle_expires_at
    persistent       BOOLEAN NOT NULL,
    pending          BOOLEAN NOT NULL, -- until Actions have been heard
    initial_ip       BYTEA NOT NULL,
    initial_asn      BIGINT,
    initial_user_agent TEXT  NOT NULL,
    last_ip          BYTEA NOT NULL,
    last_asn         BIGINT,
    last_user_agent  TEXT    NOT NULL,
    -- What the mint of the transfer that opened it allows at most.
    latest_end       BIGINT,
    scope_bound      TEXT,
    metadata         TEXT    NOT NULL,
    ended_at         BIGINT,
    cause            TEXT
) WITH (fillfactor = 90);
CREATE INDEX session_by_user ON session (user_id, created_at, id);
CREATE INDEX session_by_due ON session (due_at) WHERE ended_at IS NULL;
CREATE INDEX session_by_parent ON session (parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE session_client (
    session_id    TEXT    COLLATE "C" NOT NULL REFERENCES session ON DELETE CASCADE,
    client_id     TEXT    NOT NULL,
    host          TEXT    NOT NULL, -- under which of our names
    PRIMARY KEY (session_id, client_id)
);

-- Logout tokens that wait for delivery, one for each client of an ended session.
CREATE TABLE logout_notice (
    session_id    TEXT    COLLATE "C" NOT NULL,
    client_id     TEXT    NOT NULL,
    host          TEXT    NOT NULL,
    user_id       TEXT    NOT NULL,
    initiator     TEXT    NOT NULL,
    attempts      BIGINT  NOT NULL,
    due_at        BIGINT  NOT NULL,
    PRIMARY KEY (session_id, client_id)
);
CREATE INDEX logout_notice_by_due ON logout_notice (due_at);

CREATE TABLE authorization_code (
    hash             BYTEA NOT NULL PRIMARY KEY,
    client_id        TEXT    NOT NULL,
    user_id          TEXT    NOT NULL,
    session_id       TEXT    NOT NULL,
    parent_id        TEXT,
    organization_id  TEXT,
    redirect_uri     TEXT,    -- as sent to /authorize, absent if it wasn't
    code_challenge   TEXT,
    nonce            TEXT,
    scope            TEXT    NOT NULL,
    scope_bound      TEXT,    -- the most that its refresh tokens may yield for any API
    audience         TEXT,
    requested_claims TEXT,
    tells_auth_time  BOOLEAN NOT NULL,
    offline          BOOLEAN NOT NULL,
    -- What Actions decided about its tokens.
    id_token_claims  TEXT    NOT NULL,
    access_token_claims TEXT NOT NULL,
    refresh_expires_at BIGINT,
    refresh_idle_expires_at BIGINT,
    refresh_metadata TEXT    NOT NULL,
    jkt              TEXT,    -- RFC 9449 §10: the key that its exchange must prove possession of
    issued_at        BIGINT  NOT NULL,
    expires_at       BIGINT  NOT NULL,
    claimed_at       BIGINT,
    family_id        TEXT     -- what its first use issued
);
CREATE INDEX authorization_code_by_expiry ON authorization_code (expires_at);

-- What is kept of access tokens, all of opaque ones; it ends with their session or family.
CREATE TABLE access_token (
    hash             BYTEA NOT NULL PRIMARY KEY,
    user_id          TEXT    NOT NULL,
    client_id        TEXT    NOT NULL,
    session_id       TEXT,
    family_id        TEXT,
    code_hash        BYTEA,
    scope            TEXT    NOT NULL,
    requested_claims TEXT,
    custom_claims    TEXT    NOT NULL, -- what Actions add to /userinfo
    jkt              TEXT,    -- RFC 9449 §7: the key that its use must prove possession of
    issued_at        BIGINT  NOT NULL,
    expires_at       BIGINT  NOT NULL,
    ended_at         BIGINT
);
CREATE INDEX access_token_by_expiry ON access_token (expires_at);
CREATE INDEX access_token_by_code ON access_token (code_hash) WHERE code_hash IS NOT NULL;

-- What a browser must still do before /authorize can answer; bound to the browser by a cookie.
CREATE TABLE interaction (
    hash          BYTEA NOT NULL PRIMARY KEY,
    cookie_hash   BYTEA NOT NULL,
    request       TEXT    NOT NULL, -- the validated /authorize parameters, without any session transfer token
    client_id     TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL,
    expires_at    BIGINT  NOT NULL,
    -- What it waits for: nothing of this, and the user signs in.
    session_id    TEXT,             -- the session that completed it
    transfer_id   TEXT,             -- without session_id, the claimed transfer that its user must confirm; else the one redeemed in it
    continuation  TEXT,             -- with session_id, where Actions go on that sent the browser elsewhere
    withheld_code BYTEA,            -- with session_id, the code that the client gets if the user allows it
    denial        TEXT,             -- why there is no code
    refusal       TEXT,             -- with denial, why the transfer wasn't honoured
    denied_user   TEXT,             -- with denial, whose membership is missing
    device_hash   BYTEA,            -- the device authorization that waits for its end, if no client does
    activating    BOOLEAN NOT NULL  -- with device_hash, the user hasn't said yet that the device is theirs
);
CREATE INDEX interaction_by_cookie ON interaction (cookie_hash);
CREATE INDEX interaction_by_expiry ON interaction (expires_at);

-- What devices without a browser asked for (RFC 8628). The user code is short, so that it is stored as its HMAC under a
-- key that the database doesn't have.
CREATE TABLE device_authorization (
    hash            BYTEA   NOT NULL PRIMARY KEY, -- of the device code
    user_code       BYTEA   NOT NULL UNIQUE,
    client_id       TEXT    NOT NULL,
    request         TEXT    NOT NULL, -- its parameters
    issued_at       BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    interval_millis BIGINT  NOT NULL, -- how far apart polls must be
    polled_at       BIGINT,
    code_hash       BYTEA ,           -- approved: the authorization code that the device code stands for
    denial          TEXT,             -- or denied: why
    concluded_at    BIGINT            -- the device has its tokens, or heard that there are none
);
CREATE INDEX device_authorization_by_expiry ON device_authorization (expires_at);

-- Authorization requests that were pushed (RFC 9126). Each is used once: its row goes.
CREATE TABLE pushed_request (
    hash          BYTEA   NOT NULL PRIMARY KEY,
    client_id     TEXT    NOT NULL,
    request       TEXT    NOT NULL, -- its parameters, without any session transfer token
    transfer_hash BYTEA,             -- of the session transfer token that stood among them
    expires_at    BIGINT  NOT NULL
);
CREATE INDEX pushed_request_by_expiry ON pushed_request (expires_at);

CREATE TABLE tenant_log (
    at            BIGINT  NOT NULL, -- start of the writing transaction
    seq           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type          TEXT    NOT NULL,
    description   TEXT,
    client_id     TEXT,
    client_name   TEXT,
    user_id       TEXT,
    user_name     TEXT,
    connection    TEXT,
    connection_id TEXT,
    organization_id TEXT,
    organization_name TEXT,
    ip            TEXT,
    user_agent    TEXT,
    hostname      TEXT,
    audience      TEXT,
    scope         TEXT,
    auth0_client  TEXT,
    location      TEXT,   -- what the database of places said, absent if nothing
    details       TEXT    NOT NULL
);
CREATE INDEX tenant_log_in_order ON tenant_log (at, seq);
CREATE INDEX tenant_log_by_user ON tenant_log (user_id, at, seq);

-- Customers' code that runs at a trigger. The row is the draft; what runs is its deployed version. Secrets are sealed
-- together, for `action-secrets:<id>`; a version has those that the draft had when it was deployed.
CREATE TABLE action (
    id             TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL UNIQUE,
    code           TEXT    NOT NULL,
    runtime        TEXT    NOT NULL,
    document       TEXT    NOT NULL, -- supported triggers, dependencies, names of secrets
    sealed_secrets BYTEA NOT NULL,
    edition        BIGINT  NOT NULL, -- rises with every change of the draft
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
);

CREATE TABLE action_version (
    id             TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    action_id      TEXT    COLLATE "C" NOT NULL REFERENCES action ON DELETE CASCADE,
    number         BIGINT  NOT NULL,
    code           TEXT    NOT NULL,
    runtime        TEXT    NOT NULL,
    document       TEXT    NOT NULL,
    sealed_secrets BYTEA NOT NULL,
    deployed       BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,
    UNIQUE (action_id, number)
);
CREATE UNIQUE INDEX action_version_deployed ON action_version (action_id) WHERE deployed;

-- Which actions run at a trigger, and in which order.
CREATE TABLE action_binding (
    id             TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    trigger_id     TEXT    NOT NULL,
    position       BIGINT  NOT NULL,
    display_name   TEXT    NOT NULL,
    action_id      TEXT    COLLATE "C" NOT NULL REFERENCES action,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL,
    UNIQUE (trigger_id, position),
    UNIQUE (trigger_id, action_id)
);
CREATE INDEX action_binding_by_action ON action_binding (action_id);

-- Which action vouches for subject tokens of a type that customers made up.
CREATE TABLE token_exchange_profile (
    id             TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    subject_token_type TEXT NOT NULL UNIQUE,
    action_id      TEXT    COLLATE "C" NOT NULL REFERENCES action,
    type           TEXT    NOT NULL,
    created_at     BIGINT  NOT NULL,
    updated_at     BIGINT  NOT NULL
);
CREATE INDEX token_exchange_profile_by_action ON token_exchange_profile (action_id);

-- What the actions of a trigger did, one row for each time that it ran.
CREATE TABLE action_execution (
    id             TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    trigger_id     TEXT    NOT NULL,
    at             BIGINT  NOT NULL,
    document       TEXT    NOT NULL
);
CREATE INDEX action_execution_in_order ON action_execution (at);

-- Each for one algorithm, RS256, PS256 or ES256.
CREATE TABLE signing_key (
    kid            TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    algorithm      TEXT    NOT NULL,
    public_spki    BYTEA NOT NULL,
    sealed_private BYTEA NOT NULL,
    created_at     BIGINT  NOT NULL,
    activates_at   BIGINT  NOT NULL,
    retires_at     BIGINT
);

-- Failed sign-ins, counted before the password is verified (THREATS R35.1).
CREATE TABLE sign_in_attempt (
    account       TEXT    NOT NULL,
    network       TEXT    NOT NULL,
    attempts      BIGINT  NOT NULL,
    since         BIGINT  NOT NULL,
    PRIMARY KEY (account, network)
);
