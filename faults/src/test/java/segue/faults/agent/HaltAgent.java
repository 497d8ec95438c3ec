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
import java.util.Map;
import java.util.Optional;

/// Halts the process at a statement that is ordered by its number, as `kill -9` would. It stands in
/// the one method of each driver that all statements pass, a `COMMIT` as well.
public final class HaltAgent {
    private static final int KILLED = 137;

    /// The methods of each class, by the end of their descriptor: PostgreSQL's has one for a
    /// statement and one for a batch.
    private static final Map<String, String> STATEMENTS =
            Map.of(
                    "org/sqlite/core/DB",
                    "(Lorg/sqlite/core/CoreStatement;[Ljava/lang/Object;)Z",
                    "org/postgresql/core/v3/QueryExecutorImpl",
                    "IIIZ)V");

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
                        var descriptor = Optional.ofNullable(STATEMENTS.get(name));
                        return descriptor.isEmpty()
                                ? null
                                : watched(bytes, loader, descriptor.get());
                    }
                });
    }

    private static byte[] watched(byte[] bytes, ClassLoader loader, String descriptor) {
        var classFile =
                ClassFile.of(
                        ClassFile.ClassHierarchyResolverOption.of(
                                ClassHierarchyResolver.ofResourceParsing(loader)
                                        .orElse(ClassHierarchyResolver.defaultResolver())));
        return classFile.transformClass(
                classFile.parse(bytes),
                ClassTransform.transformingMethodBodies(
                        method -> isStatement(method, descriptor), new Watch()));
    }

    private static boolean isStatement(MethodModel method, String descriptor) {
        return method.methodName().equalsString("execute")
                && method.methodType().stringValue().endsWith(descriptor);
    }

    private static final class Watch implements CodeTransform {
        private static final ClassDesc AGENT = ClassDesc.of(HaltAgent.class.getName());
        private static final MethodTypeDesc NOTHING = MethodTypeDesc.of(ConstantDescs.CD_void);

        @Override
        public void atStart(CodeBuilder code) {
            code.invokestatic(AGENT, "before", NOTHING);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            if (element instanceof ReturnInstruction) code.invokestatic(AGENT, "after", NOTHING);
            code.with(element);
        }
    }

    /// A statement is about to be executed.
    public static synchronized void before() {
        if (!Files.exists(order)) {
            statements = 0;
            return;
        }
        statements++;
        haltIfOrdered("before " + statements);
    }

    /// A statement was executed.
    public static synchronized void after() {
        if (Files.exists(order)) haltIfOrdered("after " + statements);
    }

    private static void haltIfOrdered(String place) {
        try {
            if (Files.readString(order).equals(place)) Runtime.getRuntime().halt(KILLED);
        } catch (IOException e) {
            // The order was taken back in this moment.
        }
    }
}
