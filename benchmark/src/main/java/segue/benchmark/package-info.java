/// What Segue costs, measured over HTTP by programs of one command each (`docs/benchmark.md`): they
/// start servers of their own, as an operator does, and know them by their contract only. Start at
/// [segue.benchmark.FlowRate], [segue.benchmark.ActionCost] or [segue.benchmark.GuessCost]. What is
/// too small to be seen over HTTP is measured by itself: [segue.benchmark.SignatureRate].
/// [segue.benchmark.Growth] fills a database for FlowRate.
@NullMarked
package segue.benchmark;

import org.jspecify.annotations.NullMarked;
