package segue.storage;

import segue.domain.token.RefreshRefusal;
import segue.domain.transfer.Reason;
import segue.storage.jdbc.TransferTable;

import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The words in which an [Observer] hears what came of a session transfer token; there are no
/// others, so that they may be labels of metrics (contract operator §3).
public final class Outcomes {
    private Outcomes() {}

    /// Of an exchange.
    public static Set<String> ofExchanges() {
        return set(
                Stream.of(
                        "granted",
                        "denied_by_action",
                        "replayed",
                        "client_not_allowed",
                        "nested",
                        "foreign_audience",
                        "target_missing",
                        "target_not_allowed",
                        "too_many"),
                Arrays.stream(RefreshRefusal.values())
                        .map(it -> it.name().toLowerCase(Locale.ROOT)));
    }

    /// Of a redemption.
    public static Set<String> ofRedemptions() {
        return set(
                Stream.of(
                        TransferTable.ACCEPTED,
                        Evaluation.UNCONFIRMED,
                        Evaluation.DECLINED,
                        Permission.REQUIRED,
                        Permission.REFUSED),
                Arrays.stream(Reason.values()).map(Reason::code));
    }

    private static Set<String> set(Stream<String> ours, Stream<String> reasons) {
        return Stream.concat(ours, reasons).collect(Collectors.toUnmodifiableSet());
    }
}
