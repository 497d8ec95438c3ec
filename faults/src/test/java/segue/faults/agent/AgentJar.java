package segue.faults.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// An agent as the JVM wants it: its manifest in a jar. The agent itself is on the server's class
/// path already; only what the JDK's own classes call must be in the jar.
public final class AgentJar {
    private AgentJar() {}

    /// Writes it.
    ///
    /// @param called by the JDK's own classes
    public static Path in(Path folder, Class<?> agent, Class<?> called) throws IOException {
        var file = folder.resolve(agent.getSimpleName() + ".jar");
        var manifest = new Manifest();
        var attributes = manifest.getMainAttributes();
        attributes.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        attributes.putValue("Premain-Class", agent.getName());
        attributes.putValue("Can-Retransform-Classes", "true");
        attributes.putValue("Boot-Class-Path", file.getFileName().toString());
        var entry = called.getName().replace('.', '/') + ".class";
        try (var jar = new JarOutputStream(Files.newOutputStream(file), manifest);
                var bytes = AgentJar.class.getClassLoader().getResourceAsStream(entry)) {
            if (bytes == null) throw new IOException(entry + " isn't there");
            jar.putNextEntry(new ZipEntry(entry));
            bytes.transferTo(jar);
            jar.closeEntry();
        }
        return file;
    }
}
