/// What `./segue demo` tells. [segue.demo.story.World] is where it takes place,
/// [segue.demo.story.HandOff] what happens, [segue.demo.story.Narrator] how it is told.
@NullMarked
package segue.demo.story;

import org.jspecify.annotations.NullMarked;
