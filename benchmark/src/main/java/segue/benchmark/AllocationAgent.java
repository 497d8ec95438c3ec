package segue.benchmark;

import com.sun.management.ThreadMXBean;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/// Says from within a JVM how much it has allocated. JMX would need what our servers refuse, to
/// deserialize.
public final class AllocationAgent {
    private AllocationAgent() {}

    /// Called by the JVM, as often as the agent is loaded.
    ///
    /// @param file to which the bytes are written, as a number
    public static void agentmain(String file) throws IOException {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Files.writeString(Path.of(file), Long.toString(threads.getTotalThreadAllocatedBytes()));
    }
}
