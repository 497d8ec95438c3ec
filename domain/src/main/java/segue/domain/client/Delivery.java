package segue.domain.client;

/// How a session transfer token reaches `/authorize` (contract native-to-web §4). A form body
/// counts as query.
public enum Delivery {
    COOKIE,
    QUERY
}
