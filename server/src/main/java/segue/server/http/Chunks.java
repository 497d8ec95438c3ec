package segue.server.http;

/// Follows the chunks of a body byte by byte (RFC 9112 §7.1), without extensions and trailers,
/// which nobody sends us in earnest and which parsers read in different ways (THREATS T-50).
final class Chunks {
    private enum Place {
        SIZE,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        END_CR,
        END_LF,
        DONE,
        BROKEN
    }

    // Seven hexadecimal digits are more than any body that we take.
    private static final int MOST_DIGITS = 7;

    private Place place = Place.SIZE;
    private int digits;
    private int left;

    /// How many of the bytes belong to the body and are well-formed; fewer than all if the body
    /// ends or breaks among them.
    int follow(byte[] bytes) {
        for (var i = 0; i < bytes.length; i++) {
            if (place == Place.DATA) {
                var taken = Math.min(left, bytes.length - i);
                left -= taken;
                i += taken - 1;
                if (left == 0) place = Place.DATA_CR;
                continue;
            }
            place = next(bytes[i]);
            if (place == Place.DONE) return i + 1;
            if (place == Place.BROKEN) return i;
        }
        return bytes.length;
    }

    private Place next(byte b) {
        return switch (place) {
            case SIZE -> size(b);
            case SIZE_LF -> {
                if (b != '\n') yield Place.BROKEN;
                digits = 0;
                yield left == 0 ? Place.END_CR : Place.DATA;
            }
            case DATA_CR -> b == '\r' ? Place.DATA_LF : Place.BROKEN;
            case DATA_LF -> b == '\n' ? Place.SIZE : Place.BROKEN;
            case END_CR -> b == '\r' ? Place.END_LF : Place.BROKEN;
            case END_LF -> b == '\n' ? Place.DONE : Place.BROKEN;
            case DATA, DONE, BROKEN -> place;
        };
    }

    private Place size(byte b) {
        if (b == '\r' && digits > 0) return Place.SIZE_LF;
        var digit = Character.digit(b, 16);
        if (digit < 0 || ++digits > MOST_DIGITS) return Place.BROKEN;
        left = left << 4 | digit;
        return Place.SIZE;
    }

    boolean isDone() {
        return place == Place.DONE;
    }

    boolean isBroken() {
        return place == Place.BROKEN;
    }
}
