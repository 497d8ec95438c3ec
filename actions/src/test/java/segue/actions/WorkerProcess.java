package segue.actions;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// The worker as a server sees it: a process, and frames on its pipes.
final class WorkerProcess implements AutoCloseable {
    static final String LOGIN =
            """
            {"trigger":"post-login","event":%s,"cache":%s,"redirect":{"possible":true,\
            "host":"login.example","subject":"auth0|ada","ip":"192.0.2.7","state":"s1",\
            "query":%s,"body":{}}}\
            """;

    /// In place of what DONE carries.
    static final String GONE = "the process has ended";

    /// What came from the worker; the end of the stream is one, too.
    sealed interface Frame {
        record Ready() implements Frame {}

        record Call(int id, String kind, String json) implements Frame {}

        record Done(String json) implements Frame {}

        record Gone() implements Frame {}

        record Garbage(String what) implements Frame {}
    }

    private final Process process;
    private final DataOutputStream out;
    private final BlockingQueue<Frame> frames = new LinkedBlockingQueue<>();

    private WorkerProcess(Process process) {
        this.process = process;
        out = new DataOutputStream(process.getOutputStream());
        Thread.ofVirtual().start(this::read);
    }

    static WorkerProcess start() {
        var classes = Path.of("target", "classes").toString();
        var libraries = Path.of("target", "lib", "*").toString();
        var command =
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:+ExitOnOutOfMemoryError",
                        "-XX:+DisplayVMOutputToStderr",
                        "--illegal-native-access=deny",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dpolyglotimpl.AttachLibraryFailureAction=ignore",
                        "-Dtruffle.attach.library=none",
                        "-cp",
                        classes + File.pathSeparator + libraries,
                        "segue.actions.Worker");
        try {
            var process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
            var worker = new WorkerProcess(process);
            var first = worker.next(Duration.ofMinutes(1));
            if (!(first instanceof Frame.Ready)) throw new AssertionError(first);
            return worker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What DONE carries after a login with an empty event.
    String run(String code) {
        return run(code, login("{}"));
    }

    String run(String code, String request) {
        return run(code, request, it -> "{\"error\":\"no calls here\"}");
    }

    String run(String code, String request, UnaryOperator<String> answer) {
        send(30_000, code, code, "onExecutePostLogin", request);
        while (true) {
            switch (next(Duration.ofMinutes(1))) {
                case Frame.Call it -> answer(it.id(), answer.apply(it.json()));
                case Frame.Done it -> {
                    return it.json();
                }
                case Frame.Gone _ -> {
                    return GONE;
                }
                case Frame.Ready it -> throw new AssertionError(it);
                case Frame.Garbage it -> throw new AssertionError(it);
            }
        }
    }

    static String login(String event) {
        return LOGIN.formatted(event, "{}", "{}");
    }

    /// The next frame, which must come in time.
    Frame next(Duration time) {
        try {
            var frame = frames.poll(time.toMillis(), TimeUnit.MILLISECONDS);
            if (frame == null) throw new AssertionError("Nothing came within " + time);
            return frame;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void send(int deadlineMillis, String key, String code, String handler, String request) {
        frame(
                it -> {
                    it.writeByte(1);
                    it.writeInt(deadlineMillis);
                    text(it, key);
                    text(it, code);
                    text(it, handler);
                    text(it, request);
                });
    }

    void answer(int callId, String json) {
        frame(
                it -> {
                    it.writeByte(2);
                    it.writeInt(callId);
                    text(it, json);
                });
    }

    /// Bytes that needn't be a frame.
    void sendRaw(byte... bytes) {
        try {
            out.write(bytes);
            out.flush();
        } catch (IOException e) {
            // The worker is gone, which its other pipe tells.
        }
    }

    void closeInput() {
        try {
            out.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int exitCode() {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private interface Writing {
        void to(DataOutputStream frame) throws IOException;
    }

    private void frame(Writing writing) {
        try {
            var bytes = new ByteArrayOutputStream();
            writing.to(new DataOutputStream(bytes));
            sendRaw(ByteBuffer.allocate(4).putInt(bytes.size()).array());
            sendRaw(bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void text(DataOutputStream frame, String text) throws IOException {
        var bytes = text.getBytes(UTF_8);
        frame.writeInt(bytes.length);
        frame.write(bytes);
    }

    private void read() {
        try (var in = new DataInputStream(process.getInputStream())) {
            while (true) {
                in.readInt();
                frames.add(
                        switch (in.readByte()) {
                            case 1 -> new Frame.Ready();
                            case 2 -> new Frame.Call(in.readInt(), text(in), text(in));
                            case 3 -> new Frame.Done(text(in));
                            default -> throw new IOException("Not a frame of the protocol");
                        });
            }
        } catch (EOFException e) {
            frames.add(new Frame.Gone());
            frames.add(new Frame.Gone());
        } catch (IOException e) {
            frames.add(new Frame.Garbage(e.toString()));
        }
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), UTF_8);
    }
}
