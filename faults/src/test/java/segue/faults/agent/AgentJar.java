package segue.faults.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/// An agent as the JVM wants it: its manifest in a jar. The agent itself is on the server's class
/// path already.
public final class AgentJar {
    private AgentJar() {}

    /// Writes it.
    public static Path in(Path folder) throws IOException {
        var file = folder.resolve("agent.jar");
        var manifest = new Manifest();
        var attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Premain-Class", HaltAgent.class.getName());
        try (var jar = new JarOutputStream(Files.newOutputStream(file), manifest)) {
            jar.finish();
        }
        return file;
    }
}
