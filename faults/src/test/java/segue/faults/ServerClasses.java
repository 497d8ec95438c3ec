package segue.faults;

import segue.faults.agent.Halts;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;

/// The server's classes in jars, and an archive of what a start loads, as an installation has it: a
/// start takes half the time, and there are hundreds of them.
///
/// @param classPath of jars only; a JVM archives nothing from folders
/// @param archive made by a JVM when it ends
record ServerClasses(String classPath, Path archive) {
    /// Takes those of this process, and starts a server once to archive them.
    ///
    /// @param folder where they are put
    static ServerClasses archivedIn(Path folder) throws IOException, InterruptedException {
        var jars = new ArrayList<String>();
        jars.add(halting(folder.resolve("halting.jar")).toString());
        for (var entry : System.getProperty("java.class.path", "").split(File.pathSeparator, -1)) {
            var path = Path.of(entry);
            if (Files.isRegularFile(path)) jars.add(entry);
            if (Files.isDirectory(path))
                jars.add(jar(path, folder.resolve("classes-" + jars.size() + ".jar")).toString());
        }
        var classPath = String.join(File.pathSeparator, jars);
        var classes = new ServerClasses(classPath, folder.resolve("classes.jsa"));
        var place = Files.createTempDirectory(folder, "archiving");
        try (var stage = new Stage(place, Optional.empty(), classes.archiving())) {
            stage.start();
        }
        return classes;
    }

    /// The classes of the drivers in which the server can be halted, before the drivers themselves.
    private static Path halting(Path jar) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(jar))) {
            for (var name : Halts.places())
                try (var driver = ServerClasses.class.getClassLoader().getResourceAsStream(name)) {
                    if (driver == null) throw new IOException(name + " isn't there");
                    out.putNextEntry(new JarEntry(name));
                    out.write(Halts.placedIn(driver.readAllBytes()));
                    out.closeEntry();
                }
        }
        return jar;
    }

    /// Folders have entries of their own: migrations are looked for in one.
    private static Path jar(Path classes, Path jar) throws IOException {
        try (var out = new JarOutputStream(Files.newOutputStream(jar));
                var files = Files.walk(classes)) {
            for (var file : files.filter(it -> !it.equals(classes)).toList()) {
                var name = classes.relativize(file).toString();
                var isFolder = Files.isDirectory(file);
                out.putNextEntry(new JarEntry(isFolder ? name + "/" : name));
                if (!isFolder) Files.copy(file, out);
                out.closeEntry();
            }
        }
        return jar;
    }

    /// Options of the JVM that makes the archive.
    private List<String> archiving() {
        return List.of("-Xlog:disable", "-XX:ArchiveClassesAtExit=" + archive, "-cp", classPath);
    }

    /// Options of a JVM that uses it.
    List<String> options() {
        return List.of("-Xlog:disable", "-XX:SharedArchiveFile=" + archive, "-cp", classPath);
    }
}
