package segue.faults.agent;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.ProtectionDomain;
import java.time.Clock;
import java.time.Instant;

/// Shifts what the JDK's clocks say.
public final class ClockAgent {
    private static final ClassDesc SHIFT = ClassDesc.of(ClockShift.class.getName());
    private static final ClassDesc INSTANT = ClassDesc.of(Instant.class.getName());

    private ClockAgent() {}

    /// @param file holds by how many milliseconds, and is read all the time
    public static void premain(String file, Instrumentation instrumentation) throws Exception {
        instrumentation.addTransformer(
                new ClassFileTransformer() {
                    @Override
                    public byte @Nullable [] transform(
                            @Nullable ClassLoader loader,
                            String name,
                            @Nullable Class<?> redefined,
                            @Nullable ProtectionDomain domain,
                            byte[] bytes) {
                        return name.startsWith("java/time/Clock") ? shifted(bytes) : null;
                    }
                },
                true);
        instrumentation.retransformClasses(
                Clock.class, Class.forName("java.time.Clock$SystemClock"));
        Thread.ofPlatform().name("clock-shift").daemon().start(() -> follow(Path.of(file)));
    }

    /// Where the agent writes by how much the clocks are shifted now.
    public static Path followed(Path file) {
        return file.resolveSibling(file.getFileName() + ".followed");
    }

    private static void follow(Path file) {
        try {
            while (true) {
                var text = Files.readString(file).strip();
                if (!text.isEmpty()) {
                    ClockShift.millis = Long.parseLong(text);
                    Files.writeString(followed(file), text);
                }
                Thread.sleep(20);
            }
        } catch (IOException | InterruptedException e) {
            // The file is gone with the scenario.
        }
    }

    private static byte[] shifted(byte[] bytes) {
        return ClassFile.of()
                .transformClass(
                        ClassFile.of().parse(bytes),
                        ClassTransform.transformingMethodBodies(
                                ClockAgent::tellsTheTime, SHIFTING));
    }

    private static boolean tellsTheTime(MethodModel method) {
        var name = method.methodName().stringValue();
        return name.equals("currentInstant")
                || (name.equals("millis") && method.methodType().equalsString("()J"));
    }

    private static final CodeTransform SHIFTING =
            (code, element) -> {
                if (element instanceof ReturnInstruction it && it.opcode() == Opcode.LRETURN)
                    code.invokestatic(
                            SHIFT,
                            "shifted",
                            MethodTypeDesc.of(ConstantDescs.CD_long, ConstantDescs.CD_long));
                if (element instanceof ReturnInstruction it && it.opcode() == Opcode.ARETURN)
                    code.invokestatic(SHIFT, "shifted", MethodTypeDesc.of(INSTANT, INSTANT));
                code.with(element);
            };
}
