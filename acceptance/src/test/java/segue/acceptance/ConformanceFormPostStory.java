package segue.acceptance;

/// `oidcc-formpost-basic-certification-test-plan`: the same, with every answer posted by a page.
class ConformanceFormPostStory extends ConformanceBasicContract {
    @Override
    String mode() {
        return "form_post";
    }
}
