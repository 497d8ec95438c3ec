package segue.faults;

/// A thing, and what the client presents for it.
record Held(Thing thing, String secret) {
    @Override
    public String toString() {
        return thing.toString();
    }
}
