package segue.server.action;

import java.util.List;

/// Where deployed Actions come from.
@FunctionalInterface
public interface Scripts {
    /// What is bound to a trigger, in order.
    List<Script> boundTo(String trigger);
}
