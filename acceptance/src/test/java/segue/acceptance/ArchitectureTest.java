package segue.acceptance;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import segue.domain.secret.Secret;

import java.time.Clock;
import java.time.Instant;
import java.util.List;

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

    /// One clock decides what has expired, and it is the database's (THREATS R45.1). SQLite has
    /// none, so that there the process's stands in for it.
    @Test
    void storageTakesTheTimeFromItsTransaction() {
        noClasses()
                .that()
                .resideInAPackage("segue.storage..")
                .and()
                .doNotHaveFullyQualifiedName("segue.storage.jdbc.SqliteDatabase")
                // These measure how long ago they looked, and how long they wait.
                .and()
                .doNotHaveFullyQualifiedName("segue.storage.Revision")
                .and()
                .doNotHaveFullyQualifiedName("segue.storage.jdbc.Primary")
                .and()
                .doNotHaveFullyQualifiedName("segue.storage.jdbc.PostgresDatabase")
                .should()
                .dependOnClassesThat()
                .areAssignableTo(Clock.class)
                .orShould()
                .callMethod(Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(OURS);
    }

    /// THREATS R19.3: the time of a comparison tells nothing, not even a length.
    @Test
    void secretsAreComparedInConstantTimeByTheirHashes() {
        methods()
                .that()
                .areDeclaredIn(Secret.class)
                .and()
                .haveName("sameAs")
                .should(
                        new ArchCondition<>("compare with MessageDigest.isEqual and nothing else") {
                            @Override
                            public void check(JavaMethod method, ConditionEvents events) {
                                var comparing =
                                        method.getMethodCallsFromSelf().stream()
                                                .map(call -> call.getTarget())
                                                .filter(it -> !it.getName().equals("sha256"))
                                                .map(
                                                        it ->
                                                                it.getOwner().getName()
                                                                        + "."
                                                                        + it.getName())
                                                .toList();
                                var isRight =
                                        comparing.equals(
                                                List.of("java.security.MessageDigest.isEqual"));
                                events.add(
                                        new SimpleConditionEvent(
                                                method, isRight, "it calls " + comparing));
                            }
                        })
                .check(OURS);
    }

    @Test
    void onlyStorageJdbcKnowsSql() {
        noClasses()
                .that()
                .resideOutsideOfPackage("segue.storage.jdbc..")
                // It makes millions of rows, which no use case should be able to.
                .and()
                .doNotHaveFullyQualifiedName("segue.benchmark.Growth")
                .and()
                .doNotHaveFullyQualifiedName("segue.benchmark.Indexes")
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
    @ValueSource(strings = {"domain", "storage", "server", "demo", "benchmark"})
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
                .resideInAnyPackage("segue.server..", "segue.demo..", "segue.benchmark..")
                .check(OURS);
        noClasses()
                .that()
                .resideInAPackage("segue.server..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("segue.demo..", "segue.benchmark..")
                .check(OURS);
        noClasses()
                .that()
                .resideInAPackage("segue.demo..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("segue.benchmark..")
                .check(OURS);
    }

    /// What is measured is what a client of ours would see.
    @Test
    void theBenchmarkKnowsTheServerByHttpOnly() {
        noClasses()
                .that()
                .resideInAPackage("segue.benchmark..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("segue.server..", "segue.storage..", "segue.demo.story..")
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
                // A nested class runs with the one around it.
                .haveNameMatching(".*(Test|Story)\\$\\w+")
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
