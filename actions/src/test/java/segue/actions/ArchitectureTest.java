package segue.actions;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.junit.jupiter.api.Test;

/// STYLE section 1, for the module that no other has on its class path.
class ArchitectureTest {
    @Test
    void theWorkerKnowsTheLanguageItRunsAndNothingOfUs() {
        var ours =
                new ClassFileImporter()
                        .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                        .importPackages("segue");
        noClasses()
                .should()
                .dependOnClassesThat(
                        not(
                                resideInAnyPackage(
                                        "segue.actions",
                                        "java..",
                                        "javax.crypto..",
                                        "org.graalvm.polyglot..",
                                        "org.jspecify..")))
                .check(ours);
    }
}
