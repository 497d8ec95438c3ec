package segue.server.oauth;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// The names under which the tenant answers. Issuer, cookies and URNs follow the host of the
/// request (contract operator §2, `custom-domains`).
public final class Domains {
    private static final String TRANSFER_PREFIX = "urn:";
    private static final String TRANSFER_SUFFIX = ":session_transfer";
    private static final String MANAGEMENT_PATH = "api/v2/";

    private final URI canonical;
    private final Set<String> hosts = new LinkedHashSet<>();

    /// @param issuer with its trailing slash
    /// @param customDomains further host names, which are asked by the same port
    public Domains(String issuer, List<String> customDomains) {
        this.canonical = URI.create(issuer);
        hosts.add(authority(canonical));
        var port = canonical.getPort() < 0 ? "" : ":" + canonical.getPort();
        customDomains.forEach(domain -> hosts.add(domain.toLowerCase(Locale.ROOT) + port));
    }

    private static String authority(URI uri) {
        return uri.getAuthority().toLowerCase(Locale.ROOT);
    }

    /// The issuer of a request, byte for byte.
    public String issuer(String host) {
        var asked = withoutDefaultPort(host);
        return hosts.contains(asked) && !asked.equals(authority(canonical))
                ? canonical.getScheme() + "://" + asked + "/"
                : canonical.toString();
    }

    /// The issuer under every name.
    public Set<String> issuers() {
        return hosts.stream().map(this::issuer).collect(Collectors.toUnmodifiableSet());
    }

    /// Whether a `Host` header names us.
    public boolean isOurs(String host) {
        return hosts.contains(withoutDefaultPort(host));
    }

    /// Whether a request came in under another name than the issuer's.
    public boolean isCustom(String host) {
        return !issuer(host).equals(canonical.toString());
    }

    /// The host name of a request, without its port.
    public static String hostName(String host) {
        return withoutPort(host.toLowerCase(Locale.ROOT));
    }

    /// Whether browsers reach us by https.
    public boolean isSecure() {
        return canonical.getScheme().equals("https");
    }

    private String withoutDefaultPort(String host) {
        var text = host.toLowerCase(Locale.ROOT);
        var suffix = isSecure() ? ":443" : ":80";
        return text.endsWith(suffix) ? text.substring(0, text.length() - suffix.length()) : text;
    }

    /// What a refresh token without an API is shown as (contract management-api §6.3).
    public String userinfoAudience() {
        return issuer("") + "userinfo";
    }

    /// Whether an audience asks for a session transfer token, ours or somebody else's: it must
    /// never be answered with an access token (contract native-to-web §3.1).
    public static boolean looksLikeTransfer(String audience) {
        return audience.toLowerCase(Locale.ROOT).endsWith(TRANSFER_SUFFIX);
    }

    /// Whether the URN names this tenant: one of our hosts, with or without its port, without
    /// regard to case. A finite list, never a suffix (THREATS R12.2).
    public boolean isOurTransfer(String audience) {
        var asked = audience.toLowerCase(Locale.ROOT);
        return hosts.stream()
                .anyMatch(
                        host ->
                                asked.equals(TRANSFER_PREFIX + host + TRANSFER_SUFFIX)
                                        || asked.equals(
                                                TRANSFER_PREFIX
                                                        + withoutPort(host)
                                                        + TRANSFER_SUFFIX)
                                        || asked.equals(
                                                TRANSFER_PREFIX
                                                        + withPort(host)
                                                        + TRANSFER_SUFFIX));
    }

    private static String withoutPort(String host) {
        return host.replaceFirst(":\\d+$", "");
    }

    private String withPort(String host) {
        if (host.matches(".*:\\d+$")) return host;
        return host + (isSecure() ? ":443" : ":80");
    }

    /// The identifier of the Management API: under the canonical name, whatever name it was asked
    /// by.
    public String managementAudience() {
        return canonical + MANAGEMENT_PATH;
    }

    /// An audience as APIs are registered: every form of the Management API's becomes the canonical
    /// one.
    public String canonicalAudience(String audience) {
        var isManagement =
                hosts.stream()
                        .flatMap(host -> List.of(host, withoutPort(host)).stream())
                        .anyMatch(
                                host ->
                                        audience.equalsIgnoreCase(
                                                canonical.getScheme()
                                                        + "://"
                                                        + host
                                                        + "/"
                                                        + MANAGEMENT_PATH));
        return isManagement ? managementAudience() : audience;
    }

    /// Whether the audience is `/userinfo` itself, which is what a token without an API is for.
    public boolean isUserinfo(String audience) {
        return issuers().stream().anyMatch(issuer -> audience.equals(issuer + "userinfo"));
    }
}
