package segue.benchmark;

import com.sun.tools.attach.AgentInitializationException;
import com.sun.tools.attach.AgentLoadException;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/// What another JVM of the same user and machine allocates on its heap. Asking allocates a little
/// there, too.
final class Allocation {
    private final ProcessHandle process;
    private final Path agent;
    private final Path answer;

    /// @param folder for the agent that is asked
    Allocation(ProcessHandle process, Path folder) throws IOException {
        this.process = process;
        this.agent = folder.resolve("agent.jar");
        this.answer = folder.resolve("allocated");
        write(agent);
    }

    private static void write(Path agent) throws IOException {
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().putValue("Agent-Class", AllocationAgent.class.getName());
        var entry = AllocationAgent.class.getName().replace('.', '/') + ".class";
        try (var jar = new JarOutputStream(Files.newOutputStream(agent), manifest);
                var bytes = AllocationAgent.class.getClassLoader().getResourceAsStream(entry)) {
            if (bytes == null) throw new IOException(entry + " isn't there");
            jar.putNextEntry(new ZipEntry(entry));
            bytes.transferTo(jar);
            jar.closeEntry();
        }
    }

    /// Bytes that its threads have allocated since it started, those that have ended included.
    ///
    /// @throws IOException if it is no JVM that can be asked
    long bytes() throws IOException {
        try {
            var machine = VirtualMachine.attach(Long.toString(process.pid()));
            try {
                machine.loadAgent(agent.toString(), answer.toString());
            } finally {
                machine.detach();
            }
            return Long.parseLong(Files.readString(answer));
        } catch (AttachNotSupportedException
                | AgentLoadException
                | AgentInitializationException e) {
            throw new IOException(e);
        }
    }
}
