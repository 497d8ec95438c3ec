package segue.actions;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/// Frames over a pipe: `int` length of what follows, `byte` type, payload; a text is its `int`
/// length in bytes and then UTF-8.
///
/// From the server: 1 RUN {int deadlineMillis, text key, text code, text handler, text request}, 2
/// ANSWER {int callId, text json}. To the server: 1 READY {}, 2 CALL {int callId, text kind, text
/// json}, 3 DONE {text json}.
final class Wire {
    static final int MAX_FRAME = 4 << 20;

    private final DataInputStream in;
    private final DataOutputStream out;
    private int lastCall;

    Wire(InputStream in, OutputStream out) {
        this.in = new DataInputStream(in);
        this.out = new DataOutputStream(out);
    }

    /// The next message; nothing when the server is gone.
    ///
    /// @throws IOException when what came isn't a frame
    Optional<Message> read() throws IOException {
        var first = in.read();
        if (first < 0) return Optional.empty();
        var length = first << 24 | in.readUnsignedByte() << 16 | in.readUnsignedShort();
        if (length < 1 || length > MAX_FRAME) throw new IOException("A frame of " + length);
        var payload = ByteBuffer.wrap(in.readNBytes(length));
        if (payload.limit() < length) return Optional.empty();
        var type = payload.get();
        return Optional.of(
                switch (type) {
                    case 1 ->
                            new Message.Run(
                                    payload.getInt(),
                                    text(payload),
                                    text(payload),
                                    text(payload),
                                    text(payload));
                    case 2 -> new Message.Answer(payload.getInt(), text(payload));
                    default -> throw new IOException("A frame of type " + type);
                });
    }

    void ready() {
        send(frame -> frame.writeByte(1));
    }

    /// The call's id, never used before in this process: an answer that comes late meets no other.
    int call(String kind, String json) {
        var callId = ++lastCall;
        send(
                frame -> {
                    frame.writeByte(2);
                    frame.writeInt(callId);
                    text(frame, kind);
                    text(frame, json);
                });
        return callId;
    }

    void done(String json) {
        send(
                frame -> {
                    frame.writeByte(3);
                    text(frame, json);
                });
    }

    private interface Writing {
        void to(DataOutputStream frame) throws IOException;
    }

    private void send(Writing writing) {
        try {
            var bytes = new ByteArrayOutputStream();
            writing.to(new DataOutputStream(bytes));
            synchronized (out) {
                out.writeInt(bytes.size());
                bytes.writeTo(out);
                out.flush();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(ByteBuffer payload) {
        var bytes = new byte[Math.min(payload.getInt(), payload.remaining())];
        payload.get(bytes);
        return new String(bytes, UTF_8);
    }

    private static void text(DataOutputStream frame, String text) throws IOException {
        var bytes = text.getBytes(UTF_8);
        frame.writeInt(bytes.length);
        frame.write(bytes);
    }
}
