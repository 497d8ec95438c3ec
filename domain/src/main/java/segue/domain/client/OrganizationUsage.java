package segue.domain.client;

/// A client's `organization_usage` (contract authentication-api §11).
public enum OrganizationUsage {
    DENY,
    ALLOW,
    REQUIRE
}
