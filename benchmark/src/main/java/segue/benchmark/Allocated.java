package segue.benchmark;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;

import java.io.IOException;
import java.lang.management.ManagementFactory;

import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// What the threads of another Java process have allocated, as its JVM counts. For that an agent is
/// started in it, which takes memory and a little time: measure those before.
final class Allocated implements AutoCloseable {
    private final JMXConnector connector;
    private final ThreadMXBean threads;

    /// @param process a JVM of the same user
    @SuppressWarnings("BanJNDI") // The address is a local one that the process itself tells.
    Allocated(ProcessHandle process) throws IOException {
        connector = JMXConnectorFactory.connect(new JMXServiceURL(agent(process)));
        threads =
                ManagementFactory.newPlatformMXBeanProxy(
                        connector.getMBeanServerConnection(),
                        ManagementFactory.THREAD_MXBEAN_NAME,
                        ThreadMXBean.class);
    }

    private static String agent(ProcessHandle process) throws IOException {
        try {
            var machine = VirtualMachine.attach(Long.toString(process.pid()));
            try {
                return machine.startLocalManagementAgent();
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException e) {
            throw new IOException(e);
        }
    }

    /// Bytes since the process began, by all its threads, those too that have ended. What virtual
    /// threads allocate counts as that of the threads that carry them.
    long bytes() {
        return threads.getTotalThreadAllocatedBytes();
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
