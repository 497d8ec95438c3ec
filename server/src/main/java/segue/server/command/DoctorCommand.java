package segue.server.command;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import segue.server.Checkup;
import segue.server.Finding;
import segue.server.keys.SigningProvider;
import segue.server.settings.Settings;
import segue.server.tls.Certificates;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/// `segue doctor`: a line for each thing that a server needs; exits 1 if one of them is wrong.
/// Changes nothing.
@Command(
        name = "doctor",
        description = "Checks configuration, TLS, proxy, files, database, clock, keys and clients.",
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    @Mixin private Configured configured = new Configured();
    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        var out = Terminal.output(spec);
        var settings = configured.load(Terminal.errors(spec));
        var findings = settings.map(DoctorCommand::look).orElseGet(DoctorCommand::mistaken);
        for (var finding : findings)
            out.println(
                    "%-4s  %-13s  %s"
                            .formatted(word(finding.grade()), finding.subject(), finding.text()));
        var isWell = findings.stream().noneMatch(it -> it.grade() == Finding.Grade.FAIL);
        return isWell ? 0 : 1;
    }

    private static String word(Finding.Grade grade) {
        return switch (grade) {
            case OK -> "ok";
            case WARN -> "warn";
            case FAIL -> "FAIL";
        };
    }

    private static List<Finding> mistaken() {
        return List.of(Finding.fail("configuration", "see above"));
    }

    private static List<Finding> look(Settings settings) {
        var issuer = settings.issuer(settings.server().port());
        var findings = new ArrayList<Finding>();
        findings.add(Finding.ok("configuration", "issuer " + issuer));
        findings.add(tls(settings));
        findings.add(proxy(settings));
        findings.add(Finding.ok("signing", SigningProvider.load().description()));
        file("tenant-file", settings.tenant().file()).ifPresent(findings::add);
        findings.addAll(Checkup.of(settings));
        return findings;
    }

    /// Whoever stands in a trusted range may name any address as the user's (THREATS T-30).
    private static Finding proxy(Settings settings) {
        var proxies = settings.server().trustedProxies();
        if (proxies.stream().anyMatch(range -> range.prefix() == 0))
            return Finding.fail("proxy", "the whole internet is trusted as a proxy");
        return Finding.ok("proxy", proxies.isEmpty() ? "none is trusted" : "trusted: " + proxies);
    }

    private static Optional<Finding> file(String key, Optional<Path> file) {
        return file.map(
                path ->
                        Files.isReadable(path) && Files.isRegularFile(path)
                                ? Finding.ok("file", key + " " + path)
                                : Finding.fail("file", key + " " + path + " can't be read"));
    }

    /// The development authority is made and renewed by starts, so there is nothing to check.
    private static Finding tls(Settings settings) {
        try {
            return switch (settings.server().tls()) {
                case Settings.Tls.Off _ -> Finding.ok("tls", "off");
                case Settings.Tls.Dev _ ->
                        Finding.ok("tls", "a development CA under " + settings.dataDirectory());
                case Settings.Tls.Files files -> {
                    var _ = Certificates.context(files, settings.dataDirectory());
                    yield Finding.ok("tls", "certificate is usable");
                }
            };
        } catch (Certificates.Unusable e) {
            return Finding.fail("tls", Optional.ofNullable(e.getMessage()).orElse(e.toString()));
        }
    }
}
