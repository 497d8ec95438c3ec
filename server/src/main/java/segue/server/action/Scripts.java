package segue.server.action;

import java.util.List;
import java.util.Optional;

/// Where deployed Actions come from.
public interface Scripts {
    /// What is bound to a trigger, in order.
    List<Script> boundTo(String trigger);

    /// What judges a type of subject token: the script that its token exchange profile names.
    Optional<Script> judging(String subjectTokenType);
}
