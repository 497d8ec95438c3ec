package segue.actions;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.graalvm.polyglot.Value;
import org.graalvm.polyglot.proxy.ProxyExecutable;
import org.graalvm.polyglot.proxy.ProxyObject;

import java.net.IDN;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// All that a guest can call. Only strings and numbers pass, bytes as a string of one character
/// each. The prelude keeps these functions to itself; a script that got hold of one could do
/// nothing with it that `api` and the globals don't offer.
final class Host {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Map<String, String> DIGESTS =
            Map.of(
                    "md5", "MD5",
                    "sha1", "SHA-1",
                    "sha256", "SHA-256",
                    "sha384", "SHA-384",
                    "sha512", "SHA-512");
    private static final Map<String, String> MACS =
            Map.of(
                    "md5", "HmacMD5",
                    "sha1", "HmacSHA1",
                    "sha256", "HmacSHA256",
                    "sha384", "HmacSHA384",
                    "sha512", "HmacSHA512");

    private final Wire wire;
    private Execution execution = new Execution();
    private int run;
    private int timerId;

    Host(Wire wire) {
        this.wire = wire;
    }

    /// The number of the run, by which its `api` is known.
    int begin(Execution next) {
        execution = next;
        return ++run;
    }

    /// For the prelude.
    ProxyObject functions() {
        var functions = new HashMap<String, Object>();
        functions.put("isRunning", function(it -> isRunning(it[0])));
        functions.put(
                "record",
                function(
                        it ->
                                isRunning(it[0])
                                        && execution.record(it[1].asString(), it[2].asString())));
        functions.put("log", function(it -> execution.log(it[0].asString())));
        functions.put("settle", function(this::settle));
        functions.put("fail", function(this::fail));
        functions.put("call", function(this::call));
        functions.put("startTimer", function(this::startTimer));
        functions.put("stopTimer", function(this::stopTimer));
        functions.put("random", function(it -> random(it[0].asInt())));
        functions.put("digest", function(it -> digest(it[0].asString(), it[1].asString())));
        functions.put(
                "hmac", function(it -> hmac(it[0].asString(), it[1].asString(), it[2].asString())));
        functions.put("asciiDomain", function(it -> asciiDomain(it[0].asString())));
        return ProxyObject.fromMap(functions);
    }

    private interface Function {
        Object of(Value[] arguments);
    }

    private static ProxyExecutable function(Function function) {
        return function::of;
    }

    private boolean isRunning(Value number) {
        return number.asInt() == run && !execution.isSettled();
    }

    private boolean settle(Value[] it) {
        if (isRunning(it[0])) execution.settle();
        return true;
    }

    private boolean fail(Value[] it) {
        if (it[0].asInt() == run) {
            execution.fail(
                    new Failure(
                            Failure.Kind.ACTION_ERROR,
                            it[1].asString(),
                            it[2].asString(),
                            it[3].asString()));
        }
        return true;
    }

    /// The call's id; 0 when too many are under way.
    private int call(Value[] it) {
        if (!execution.hasRoomForCall()) return 0;
        var id = wire.call(it[0].asString(), it[1].asString());
        execution.startCall(id);
        return id;
    }

    /// The timer's id; 0 when there are too many.
    private int startTimer(Value[] it) {
        var id = ++timerId;
        var due = execution.age() + TimeUnit.MILLISECONDS.toNanos(it[0].asInt());
        return execution.startTimer(id, due) ? id : 0;
    }

    private boolean stopTimer(Value[] it) {
        execution.stopTimer(it[0].asInt());
        return true;
    }

    private static String random(int count) {
        var bytes = new byte[Math.clamp(count, 0, 65536)];
        RANDOM.nextBytes(bytes);
        return new String(bytes, ISO_8859_1);
    }

    private static String digest(String algorithm, String data) {
        try {
            var digest = MessageDigest.getInstance(DIGESTS.getOrDefault(algorithm, "none"));
            return new String(digest.digest(data.getBytes(ISO_8859_1)), ISO_8859_1);
        } catch (GeneralSecurityException e) {
            return "";
        }
    }

    private static String hmac(String algorithm, String key, String data) {
        try {
            var mac = Mac.getInstance(MACS.getOrDefault(algorithm, "none"));
            // The JDK refuses the empty key, which equals that of one zero byte (RFC 2104 §2).
            var bytes = key.isEmpty() ? new byte[1] : key.getBytes(ISO_8859_1);
            mac.init(new SecretKeySpec(bytes, mac.getAlgorithm()));
            return new String(mac.doFinal(data.getBytes(ISO_8859_1)), ISO_8859_1);
        } catch (GeneralSecurityException e) {
            return "";
        }
    }

    private static String asciiDomain(String domain) {
        try {
            return IDN.toASCII(domain, IDN.ALLOW_UNASSIGNED);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
