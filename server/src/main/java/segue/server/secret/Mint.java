package segue.server.secret;

import segue.domain.device.UserCodeFormat;
import segue.domain.identifier.ActionId;
import segue.domain.identifier.ClientId;
import segue.domain.identifier.ConnectionId;
import segue.domain.identifier.FamilyId;
import segue.domain.identifier.GrantId;
import segue.domain.identifier.OrganizationId;
import segue.domain.identifier.SessionId;
import segue.domain.identifier.TransferId;
import segue.domain.secret.Secret;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Makes every secret and every identifier. A secret has 256 random bits and a prefix that tells
/// its type, so that a token of one type is never even looked up as another (THREATS R12.1); what
/// people type is shorter.
public final class Mint {
    private static final String ALPHANUMERIC =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private final RandomGenerator random;

    /// The one for production.
    public Mint() {
        this(new SecureRandom());
    }

    /// @param random chance; a seeded one makes a test repeatable
    public Mint(RandomGenerator random) {
        this.random = random;
    }

    /// A secret of a type.
    public Secret secret(SecretType type) {
        return new Secret(type.prefix() + random(32));
    }

    /// The cookie-safe, URL-safe value behind a session.
    public SessionId session() {
        return new SessionId(random(24));
    }

    public FamilyId family() {
        return new FamilyId(random(24));
    }

    /// 24 hexadecimal digits (contract management-api §7).
    public GrantId grant() {
        return new GrantId(hexadecimal());
    }

    public TransferId transfer() {
        return new TransferId(random(24));
    }

    public ClientId client() {
        return new ClientId(alphanumeric(32));
    }

    /// 64 URL-safe characters.
    public Secret clientSecret() {
        return new Secret(random(48));
    }

    /// What a user types who reads it from a device; short, so that guesses are to be counted (RFC
    /// 8628 §5.1).
    public Secret userCode(UserCodeFormat format) {
        return new Secret(format.show(chosen(format.charset().characters(), format.length())));
    }

    public ConnectionId connection() {
        return new ConnectionId("con_" + alphanumeric(16));
    }

    public OrganizationId organization() {
        return new OrganizationId("org_" + alphanumeric(16));
    }

    /// For a public key of a client.
    public String credential() {
        return "cred_" + alphanumeric(16);
    }

    public String clientGrant() {
        return "cgr_" + alphanumeric(16);
    }

    public ActionId action() {
        return new ActionId(uuid());
    }

    /// For what an action has: versions, bindings, executions.
    public String uuid() {
        var bits = ByteBuffer.wrap(bytes(16));
        // RFC 9562 §5.4: version 4, made of chance.
        var high = (bits.getLong() & ~0xf000L) | 0x4000L;
        var low = (bits.getLong() & ~(3L << 62)) | (1L << 63);
        return new UUID(high, low).toString();
    }

    public String tokenExchangeProfile() {
        return "tep_" + alphanumeric(16);
    }

    /// 24 hexadecimal digits, for users and APIs.
    public String hexadecimal() {
        return HexFormat.of().formatHex(bytes(12));
    }

    /// Names a request in the log.
    public String correlation() {
        return random(9);
    }

    private String random(int bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(bytes));
    }

    private byte[] bytes(int count) {
        var bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    private String alphanumeric(int length) {
        return chosen(ALPHANUMERIC, length);
    }

    private String chosen(String characters, int length) {
        var text = new StringBuilder(length);
        for (var i = 0; i < length; i++)
            text.append(characters.charAt(random.nextInt(characters.length())));
        return text.toString();
    }
}
