package segue.storage;

import segue.domain.identifier.FamilyId;
import segue.domain.network.Device;
import segue.domain.revocation.Receipt;

/// Hears what can be counted, after the commit that made it true. It must not throw.
public interface Observer {
    /// For those who count nothing.
    Observer NONE =
            new Observer() {
                @Override
                public void exchanged(String outcome) {}

                @Override
                public void redeemed(String outcome) {}

                @Override
                public void ended(Receipt receipt) {}
            };

    /// A refresh token was presented for a session transfer token.
    ///
    /// @param outcome `granted` or a reason code
    void exchanged(String outcome);

    /// A session transfer token was presented to `/authorize`.
    ///
    /// @param outcome `accepted` or a reason code
    void redeemed(String outcome);

    /// A session transfer token was presented again within its minute: a link scanner, a reload, or
    /// a thief (THREATS R5.3).
    default void usedAgain() {}

    /// A session transfer token came from another device than it was issued to (THREATS R32.1).
    default void misbound(Device issuedTo, Device presentedBy) {}

    /// What was just redeemed, refused or answered stems from this native family.
    default void descended(FamilyId parent) {}

    /// Something was ended, and this is all that ended with it; it may be nothing.
    void ended(Receipt receipt);
}
