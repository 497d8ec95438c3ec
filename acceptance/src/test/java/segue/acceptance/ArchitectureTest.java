package segue.acceptance;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Instant;

/// The shape of STYLE section 1, held by the compiled classes.
class ArchitectureTest {
    private static final JavaClasses OURS =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .importPackages("segue");

    private static final JavaClasses TESTS = new ClassFileImporter().importPackages("segue");

    @Test
    void theDomainKnowsTheLanguageAndTimeAndNothingElse() {
        noClasses()
                .that()
                .resideInAPackage("segue.domain..")
                .should()
                .dependOnClassesThat(
                        not(
                                resideInAnyPackage(
                                        "segue.domain..",
                                        "java.lang..",
                                        "java.time..",
                                        "java.util..",
                                        "java.nio.charset..",
                                        "java.security..",
                                        "org.jspecify..")))
                .check(OURS);
    }

    @Test
    void theDomainNeverAsksTheTimeNorChance() {
        noClasses()
                .that()
                .resideInAPackage("segue.domain..")
                .should()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching(".*(java\\.time\\.Clock|Random|SecureRandom|ThreadLocalRandom)")
                .check(OURS);
    }

    @Test
    void onlyStorageJdbcKnowsSql() {
        noClasses()
                .that()
                .resideOutsideOfPackage("segue.storage.jdbc..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.sql..",
                        "javax.sql..",
                        "org.jdbi..",
                        "org.flywaydb..",
                        "com.zaxxer..",
                        "org.sqlite..")
                .check(OURS);
    }

    @Test
    void onlyServerHttpKnowsTheWebServer() {
        noClasses()
                .that()
                .resideOutsideOfPackage("segue.server.http..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.helidon..")
                .check(OURS);
    }

    @Test
    void jsonAndJoseStopInTheServer() {
        noClasses()
                .that()
                .resideInAnyPackage("segue.domain..", "segue.storage..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.nimbusds..", "tools.jackson..")
                .check(OURS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"domain", "storage", "server", "demo"})
    void packagesHaveNoCycles(String module) {
        slices().matching("segue." + module + ".(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(true)
                .check(OURS);
    }

    @Test
    void modulesDependInOneDirection() {
        noClasses()
                .that()
                .resideInAPackage("segue.storage..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("segue.server..", "segue.demo..")
                .check(OURS);
        noClasses()
                .that()
                .resideInAPackage("segue.server..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("segue.demo..")
                .check(OURS);
    }

    @Test
    void nothingIsNamedForNotBeingUnderstoodYet() {
        noClasses()
                .should()
                .haveSimpleNameContaining("Util")
                .orShould()
                .haveSimpleNameEndingWith("Impl")
                .orShould()
                .haveSimpleNameEndingWith("Manager")
                .orShould()
                .resideInAnyPackage("..util..", "..common..", "..impl..")
                .check(OURS);
    }

    @Test
    void everyPackageIsNullMarked() {
        var unmarked =
                OURS.getPackage("segue").getSubpackagesInTree().stream()
                        .filter(it -> !it.getName().endsWith(".generated"))
                        .filter(it -> !it.getClasses().isEmpty())
                        .filter(it -> !it.isAnnotatedWith(NullMarked.class))
                        .map(JavaPackage::getName)
                        .toList();
        assertThat(unmarked).isEmpty();
    }

    @Test
    void everyTestClassIsRun() {
        methods()
                .that()
                .areAnnotatedWith(Test.class)
                .should()
                .beDeclaredInClassesThat()
                .haveSimpleNameEndingWith("Test")
                .orShould()
                .beDeclaredInClassesThat()
                .haveSimpleNameEndingWith("Story")
                .orShould()
                .beDeclaredInClassesThat()
                .haveModifier(JavaModifier.ABSTRACT)
                .check(TESTS);
        classes()
                .that()
                .haveSimpleNameEndingWith("Story")
                .should()
                .resideInAPackage("segue.acceptance..")
                .allowEmptyShould(true)
                .check(TESTS);
    }
}
