package segue.acceptance;

/// `oidcc-basic-certification-test-plan`.
class ConformanceBasicStory extends ConformanceBasicContract {
    @Override
    String mode() {
        return "";
    }
}
