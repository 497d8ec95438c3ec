/// What an operator may set (contract operator §2), read once at the start. Begin at
/// [segue.server.settings.Settings]; the table of all keys is [segue.server.settings.Keys], how a
/// value's text is understood [segue.server.settings.Type], where it comes from
/// [segue.server.settings.Sources].
@NullMarked
package segue.server.settings;

import org.jspecify.annotations.NullMarked;
