/// The pages that people see: templates under `src/main/jte`, rendered with everything escaped,
/// each with a content security policy of its own (THREATS T-22, T-23). They need no script but the
/// two that hand an answer to an app, and the one by which an app hands its sign-in over.
@NullMarked
package segue.server.page;

import org.jspecify.annotations.NullMarked;
