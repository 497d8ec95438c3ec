package segue.faults.agent;

import org.jspecify.annotations.Nullable;

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
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;

/// Halts the process at a statement that is ordered by its number, as `kill -9` would. It stands in
/// the methods of each driver that all statements pass, a `BEGIN` and a `COMMIT` as well. Several
/// statements may travel together (docs/adr/0020): to PostgreSQL those before the one at which it
/// halts are sent, and executed.
public final class HaltAgent {
    private static final int KILLED = 137;

    private static final String SQLITE = "org/sqlite/core/DB";
    private static final String POSTGRES = "org/postgresql/core/v3/QueryExecutorImpl";

    private static Path order = Path.of("");
    private static int statements = 0;

    private HaltAgent() {}

    /// @param file holds an order such as `before 3` or `after 3`: counting begins when it appears,
    ///   and again when it has been away
    public static void premain(String file, Instrumentation instrumentation) {
        order = Path.of(file);
        instrumentation.addTransformer(
                new ClassFileTransformer() {
                    @Override
                    public byte @Nullable [] transform(
                            ClassLoader loader,
                            String name,
                            Class<?> redefined,
                            ProtectionDomain domain,
                            byte[] bytes) {
                        return name.equals(SQLITE) || name.equals(POSTGRES)
                                ? watched(bytes, loader)
                                : null;
                    }
                });
    }

    private static byte[] watched(byte[] bytes, ClassLoader loader) {
        var classFile =
                ClassFile.of(
                        ClassFile.ClassHierarchyResolverOption.of(
                                ClassHierarchyResolver.ofResourceParsing(loader)
                                        .orElse(ClassHierarchyResolver.defaultResolver())));
        return classFile.transformClass(
                classFile.parse(bytes),
                ClassTransform.transformingMethodBodies(HaltAgent::sends, new Before())
                        .andThen(
                                ClassTransform.transformingMethodBodies(
                                        HaltAgent::returns, new After())));
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

    private static final ClassDesc AGENT = ClassDesc.of(HaltAgent.class.getName());

    private static final class Before implements CodeTransform {
        private static final MethodTypeDesc OF_DRIVER =
                MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_Object);

        @Override
        public void atStart(CodeBuilder code) {
            code.aload(0).invokestatic(AGENT, "before", OF_DRIVER);
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
            if (element instanceof ReturnInstruction) code.invokestatic(AGENT, "after", NOTHING);
            code.with(element);
        }
    }

    /// A statement is about to be sent.
    public static synchronized void before(Object driver) {
        if (!Files.exists(order)) {
            statements = 0;
            return;
        }
        statements++;
        if (!isOrdered("before " + statements)) return;
        flush(driver);
        halt();
    }

    /// Statements were executed.
    public static synchronized void after() {
        if (Files.exists(order) && isOrdered("after " + statements)) halt();
    }

    private static boolean isOrdered(String place) {
        try {
            return Files.readString(order).equals(place);
        } catch (IOException e) {
            // The order was taken back in this moment.
            return false;
        }
    }

    /// What was written before is sent.
    private static void flush(Object driver) {
        try {
            if (!driver.getClass().getName().replace('.', '/').equals(POSTGRES)) return;
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
