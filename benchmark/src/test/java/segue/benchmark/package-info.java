/// Beside the tests, what is too small to be seen over HTTP and is measured by itself, with JMH:
/// start at [segue.benchmark.Pieces]. That looks into the server, as nothing among the main classes
/// does.
@NullMarked
package segue.benchmark;

import org.jspecify.annotations.NullMarked;
