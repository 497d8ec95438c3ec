package segue.server.management;

import segue.server.http.Parameters;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/// The folder of a tenant file, where the code of Actions may stand beside it. Nothing outside of
/// it is read, whatever the file says and whatever links lie in the folder: who may write a tenant
/// file needn't be somebody who may read this machine.
record TenantFolder(Path path) {
    private static final long MOST_BYTES = 100 * 1024;

    /// One line without what makes a program, as Auth0's Deploy CLI writes it.
    private static final Pattern FILE = Pattern.compile("[^\\r\\n;(){}=`'\"]{1,500}\\.[cm]?js");

    /// What came of reading.
    sealed interface Read {
        record Text(String text) implements Read {}

        /// @param why how it goes on after the file's name
        record Refused(String why) implements Read {}
    }

    /// Whether a code says where the code is.
    static boolean isFile(String code) {
        return FILE.matcher(code).matches();
    }

    /// Reads a file of this folder.
    Read read(String name) {
        try {
            var relative = Path.of(name);
            if (relative.isAbsolute() || climbs(relative)) return outside();
            var file = path.resolve(relative).toRealPath();
            if (!file.startsWith(path.toRealPath())) return outside();
            if (!Files.isRegularFile(file)) return new Read.Refused("is not a file");
            if (Files.size(file) > MOST_BYTES)
                return new Read.Refused("is longer than " + MOST_BYTES + " bytes");
            var text = Files.readString(file);
            return Parameters.isText(text)
                    ? new Read.Text(text)
                    : new Read.Refused("holds control characters");
        } catch (CharacterCodingException e) {
            return new Read.Refused("is not UTF-8");
        } catch (NoSuchFileException e) {
            return new Read.Refused("is not there");
        } catch (InvalidPathException | IOException e) {
            return new Read.Refused("can't be read");
        }
    }

    private static boolean climbs(Path relative) {
        for (var name : relative) if (name.toString().equals("..")) return true;
        return false;
    }

    private static Read outside() {
        return new Read.Refused("is outside of the tenant file's folder");
    }
}
