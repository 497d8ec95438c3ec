package segue.domain.network;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalLong;

/// A row of docs/networks/situations.csv: a real-life pair of an app and a browser, and what each
/// setting should make of it.
///
/// @param spoofs who claims to have the other one's address, which changes nothing
/// @param verdicts one for each of [Setting], in its order
record Situation(
        String name,
        Place app,
        Place browser,
        boolean proves,
        String spoofs,
        List<Verdict> verdicts) {

    private static final Path FILE = Path.of("../docs/networks/situations.csv");
    private static final String MAPPED = "::ffff:";

    /// The columns behind the situation.
    enum Setting {
        IP(DeviceBinding.IP, false),
        ASN(DeviceBinding.ASN, false),
        NETWORK(DeviceBinding.NETWORK, false),
        NETWORK_SAME_ASN(DeviceBinding.NETWORK, true),
        NONE(DeviceBinding.NONE, false);

        private final DeviceBinding binding;
        private final boolean systemSuffices;

        Setting(DeviceBinding binding, boolean systemSuffices) {
            this.binding = binding;
            this.systemSuffices = systemSuffices;
        }

        DeviceMatch compare(Situation situation) {
            return binding.compare(
                    situation.app.device(),
                    situation.browser.device(),
                    systemSuffices,
                    situation.proves);
        }
    }

    /// An address as somebody wrote it, and its autonomous system or `unknown`.
    record Place(String address, String system) {
        Device device() {
            var asn =
                    system.equals("unknown")
                            ? OptionalLong.empty()
                            : OptionalLong.of(Long.parseLong(system));
            return new Device(ClientAddress.of(bytes()), asn, "");
        }

        /// The JDK's parser makes IPv4 of what is IPv4-mapped, which is ours to do.
        private byte[] bytes() {
            if (!address.startsWith(MAPPED)) return InetAddress.ofLiteral(address).getAddress();
            var mapped = HexFormat.of().parseHex("00000000000000000000ffff00000000");
            var four = InetAddress.ofLiteral(address.substring(MAPPED.length())).getAddress();
            System.arraycopy(four, 0, mapped, 12, 4);
            return mapped;
        }
    }

    /// `yes same_address`: whether the token may be redeemed, and the code of the match.
    record Verdict(boolean accepted, String code) {
        private static Verdict of(String cell) {
            var words = cell.split(" ", -1);
            return new Verdict(isYes(words[0]), words[1]);
        }
    }

    static List<Situation> all() throws IOException {
        return Files.readAllLines(FILE).stream()
                .skip(1)
                .map(line -> of(List.of(line.split(",", -1))))
                .toList();
    }

    private static Situation of(List<String> cells) {
        return new Situation(
                cells.get(0),
                new Place(cells.get(1), cells.get(2)),
                new Place(cells.get(3), cells.get(4)),
                isYes(cells.get(5)),
                cells.get(6),
                cells.subList(7, 7 + Setting.values().length).stream().map(Verdict::of).toList());
    }

    private static boolean isYes(String word) {
        if (!List.of("yes", "no").contains(word))
            throw new IllegalArgumentException("neither yes nor no: " + word);
        return word.equals("yes");
    }

    /// The same with a verifier.
    Situation proving() {
        return new Situation(name, app, browser, true, spoofs, verdicts);
    }

    /// What each setting makes of it.
    List<Verdict> found() {
        return Arrays.stream(Setting.values())
                .map(setting -> setting.compare(this))
                .map(match -> new Verdict(match.isAccepted(), match.code()))
                .toList();
    }

    @Override
    public String toString() {
        return name;
    }
}
