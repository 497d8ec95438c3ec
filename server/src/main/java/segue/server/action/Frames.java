package segue.server.action;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// What goes over the pipes to and from a worker: `int` length of what follows, `byte` type,
/// payload; a text is the `int` length of its bytes and then UTF-8. The worker is not trusted: a
/// script may have broken out into it.
final class Frames {
    /// The longest frame, either way.
    static final int MOST_BYTES = 4 << 20;

    private Frames() {}

    /// What a worker says.
    sealed interface Said {
        /// It can run something.
        record Ready() implements Said {}

        /// A script waits for something that only the server can do.
        record Call(int id, String kind, String json) implements Said {}

        /// The run is over.
        record Done(String json) implements Said {}
    }

    /// The next frame; empty at the end of the stream, in whatever state it is reached.
    ///
    /// @throws IOException if this isn't a frame
    static Optional<Said> read(DataInputStream in) throws IOException {
        int length;
        var payload = new byte[0];
        try {
            length = in.readInt();
            if (length < 1 || length > MOST_BYTES) throw new IOException("a frame of " + length);
            payload = new byte[length];
            in.readFully(payload);
        } catch (EOFException e) {
            return Optional.empty();
        }
        try {
            var frame = ByteBuffer.wrap(payload);
            var type = frame.get();
            return Optional.of(
                    switch (type) {
                        case 1 -> new Said.Ready();
                        case 2 -> new Said.Call(frame.getInt(), text(frame), text(frame));
                        case 3 -> new Said.Done(text(frame));
                        default -> throw new IOException("a frame of type " + type);
                    });
        } catch (BufferUnderflowException e) {
            throw new IOException("a frame that ends too early", e);
        }
    }

    private static String text(ByteBuffer frame) throws IOException {
        var length = frame.getInt();
        if (length < 0 || length > frame.remaining()) throw new IOException("a text of " + length);
        var bytes = new byte[length];
        frame.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// What a worker is to run.
    ///
    /// @param key names the code: a worker may keep what it loaded for the same key and code
    /// @param handler the name of the export to call
    /// @param request JSON
    record Job(String key, String code, String handler, String request) {}

    /// The frame that starts a run.
    static byte[] run(Job job, int deadlineMillis) {
        return frame(
                out -> {
                    out.writeByte(1);
                    out.writeInt(deadlineMillis);
                    text(out, job.key());
                    text(out, job.code());
                    text(out, job.handler());
                    text(out, job.request());
                });
    }

    /// The frame that answers a call.
    static byte[] answer(int call, String json) {
        return frame(
                out -> {
                    out.writeByte(2);
                    out.writeInt(call);
                    text(out, json);
                });
    }

    /// Writes a frame at one go.
    static void write(OutputStream out, byte[] frame) throws IOException {
        var bytes = new ByteArrayOutputStream(frame.length + 4);
        var data = new DataOutputStream(bytes);
        data.writeInt(frame.length);
        data.write(frame);
        out.write(bytes.toByteArray());
        out.flush();
    }

    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private static byte[] frame(Writing writing) {
        var bytes = new ByteArrayOutputStream();
        try {
            writing.to(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }
}
