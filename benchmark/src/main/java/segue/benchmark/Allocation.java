package segue.benchmark;

import com.sun.management.ThreadMXBean;
import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;

import java.io.IOException;
import java.lang.management.ManagementFactory;

import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;

/// What another JVM of the same user and machine allocates on its heap. Asking allocates a little
/// there, too, and the agent that answers takes some memory.
final class Allocation implements AutoCloseable {
    private final JMXConnector connector;
    private final ThreadMXBean threads;

    private Allocation(JMXConnector connector) throws IOException {
        this.connector = connector;
        this.threads =
                ManagementFactory.newPlatformMXBeanProxy(
                        connector.getMBeanServerConnection(),
                        ManagementFactory.THREAD_MXBEAN_NAME,
                        ThreadMXBean.class);
    }

    /// @throws IOException if the process is no JVM that can be asked
    @SuppressWarnings("BanJNDI") // the address is that of a process that we started
    static Allocation of(ProcessHandle process) throws IOException {
        return new Allocation(JMXConnectorFactory.connect(new JMXServiceURL(agent(process))));
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

    /// Bytes that its threads have allocated since it started, those that have ended included.
    long bytes() {
        return threads.getTotalThreadAllocatedBytes();
    }

    @Override
    public void close() throws IOException {
        connector.close();
    }
}
