package segue.faults.agent;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Halts the process at a statement that is ordered by its number, as `kill -9` would. It stands in
/// the methods of each driver that all statements pass, a `BEGIN` and a `COMMIT` as well. Several
/// statements may travel together (docs/adr/0020): to PostgreSQL those before the one at which it
/// halts are sent, and executed.
public final class Halts {
    /// Names the file that holds an order such as `before 3` or `after 3`: counting begins when it
    /// appears, and again when it has been away. Without the property nothing halts.
    public static final String ORDER = "segue.faults.halt";

    private static final int KILLED = 137;
    private static final String POSTGRES = "org/postgresql/core/v3/QueryExecutorImpl.class";
    private static final Path FILE = Path.of(System.getProperty(ORDER, ""));
    private static final boolean MAY_HALT = !FILE.toString().isEmpty();
    private static int statements = 0;

    private Halts() {}

    /// The classes of the drivers that it stands in, as they are found on a class path.
    public static List<String> places() {
        return List.of("org/sqlite/core/DB.class", POSTGRES);
    }

    /// Such a class with the halts in it.
    public static byte[] placedIn(byte[] driver) {
        var loader = Halts.class.getClassLoader();
        var classFile =
                ClassFile.of(
                        ClassFile.ClassHierarchyResolverOption.of(
                                ClassHierarchyResolver.ofResourceParsing(loader)
                                        .orElse(ClassHierarchyResolver.defaultResolver())));
        // One after the other: as one transform the two would undo each other.
        var sending =
                classFile.transformClass(
                        classFile.parse(driver),
                        ClassTransform.transformingMethodBodies(Halts::sends, new Before()));
        return classFile.transformClass(
                classFile.parse(sending),
                ClassTransform.transformingMethodBodies(Halts::returns, new After()));
    }

    /// Where a statement is given to SQLite, or written to PostgreSQL.
    private static boolean sends(MethodModel method) {
        return method.methodName().equalsString("sendOneQuery") || isOfSqlite(method);
    }

    /// Where it was executed, or all that travelled together were.
    private static boolean returns(MethodModel method) {
        return isOfSqlite(method)
                || (method.methodName().equalsString("execute")
                        && method.methodType().stringValue().endsWith("IIIZ)V"));
    }

    private static boolean isOfSqlite(MethodModel method) {
        return method.methodName().equalsString("execute")
                && method.methodType()
                        .equalsString("(Lorg/sqlite/core/CoreStatement;[Ljava/lang/Object;)Z");
    }

    private static final ClassDesc HALTS = ClassDesc.of(Halts.class.getName());

    private static final class Before implements CodeTransform {
        private static final MethodTypeDesc OF_DRIVER =
                MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_Object);

        @Override
        public void atStart(CodeBuilder code) {
            code.aload(0).invokestatic(HALTS, "before", OF_DRIVER);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            code.with(element);
        }
    }

    private static final class After implements CodeTransform {
        private static final MethodTypeDesc NOTHING = MethodTypeDesc.of(ConstantDescs.CD_void);

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            if (element instanceof ReturnInstruction) code.invokestatic(HALTS, "after", NOTHING);
            code.with(element);
        }
    }

    /// A statement is about to be sent.
    public static void before(Object driver) {
        if (MAY_HALT) count(driver);
    }

    private static synchronized void count(Object driver) {
        if (!Files.exists(FILE)) {
            statements = 0;
            return;
        }
        statements++;
        if (!isOrdered("before " + statements)) return;
        flush(driver);
        halt();
    }

    /// Statements were executed.
    public static void after() {
        if (MAY_HALT) lookAfter();
    }

    private static synchronized void lookAfter() {
        if (Files.exists(FILE) && isOrdered("after " + statements)) halt();
    }

    private static boolean isOrdered(String place) {
        try {
            return Files.readString(FILE).equals(place);
        } catch (IOException e) {
            // The order was taken back in this moment.
            return false;
        }
    }

    /// What was written before is sent.
    private static void flush(Object driver) {
        try {
            var name = driver.getClass().getName().replace('.', '/') + ".class";
            if (!name.equals(POSTGRES)) return;
            var field = driver.getClass().getSuperclass().getDeclaredField("pgStream");
            field.setAccessible(true);
            var stream = field.get(driver);
            stream.getClass().getMethod("flush").invoke(stream);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void halt() {
        Runtime.getRuntime().halt(KILLED);
    }
}
