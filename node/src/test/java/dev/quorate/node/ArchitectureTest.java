/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import dev.quorate.actors.sign.EmbeddedShares;
import dev.quorate.actors.sign.ShareSource;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.node.client.HonestClient;
import dev.quorate.signing.threshold.KeyShare;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds what Maven's modules cannot. Each rule is a sentence of docs/architecture.md. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          // Nor jars of them.
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages("dev.quorate");

  /** Stage to the stages that it may know. On the page: the stages know only those after them. */
  private static final Map<String, List<String>> FLOW =
      Map.of(
          "schedule", List.of("fetch", "validator", "errand", "announce"),
          "errand", List.of("validator", "announce"),
          "fetch", List.of("validator"),
          "validator", List.of("sign", "aggregate", "broadcast"),
          "sign", List.of(),
          "aggregate", List.of(),
          "broadcast", List.of("track"),
          "track", List.of(),
          "announce", List.of(),
          "peer", List.of());

  private static final Map<String, ArchRule> RULES =
      Map.of(
          "The modules consensus, signing, ethereum, wire and simulation do not know Pekko.",
          noClasses()
              .that()
              .resideInAnyPackage(
                  "dev.quorate.consensus..",
                  "dev.quorate.signing..",
                  "dev.quorate.ethereum..",
                  "dev.quorate.wire..",
                  "dev.quorate.simulation..")
              .should()
              .dependOnClassesThat()
              .resideInAPackage("org.apache.pekko.."),
          "The cores know no clock, no randomness, no thread and no I/O.",
          noClasses()
              .that()
              .resideInAnyPackage("dev.quorate.consensus..", "dev.quorate.ethereum..")
              .should()
              .dependOnClassesThat(
                  resideInAnyPackage(
                          "java.io..", "java.nio.file..", "java.net..", "java.util.concurrent..")
                      // A growing array of bytes, for all its name.
                      .and(not(type(ByteArrayOutputStream.class))))
              .orShould()
              .callMethod(Instant.class, "now")
              .orShould()
              .callMethod(System.class, "nanoTime")
              .orShould()
              .callMethod(System.class, "currentTimeMillis")
              .orShould()
              .callMethod(UUID.class, "randomUUID")
              .orShould()
              .dependOnClassesThat()
              .areAssignableTo(Random.class)
              .orShould()
              .dependOnClassesThat()
              .areAssignableTo(ThreadLocalRandom.class)
              .orShould()
              .dependOnClassesThat()
              .areAssignableTo(Thread.class),
          "Only EmbeddedShares signs with key shares, and the validator client of the benchmarks.",
          classes()
              .that()
              .areAssignableTo(KeyShare.class)
              .should()
              .onlyHaveDependentClassesThat(
                  resideInAnyPackage(
                          "dev.quorate.signing..",
                          // Reads, writes and closes them.
                          "dev.quorate.config..")
                      .or(type(EmbeddedShares.class))
                      .or(type(HonestClient.class))),
          "Only a validator entity reaches a ShareSource.",
          classes()
              .that()
              .areAssignableTo(ShareSource.class)
              .should()
              .onlyHaveDependentClassesThat(
                  resideInAnyPackage(
                      "dev.quorate.actors.sign..",
                      "dev.quorate.actors.validator..",
                      // Makes it.
                      "dev.quorate.actors.wiring..")),
          "The admin API looks at a pod through PodView alone.",
          noClasses()
              .that()
              .resideInAPackage("dev.quorate.http..")
              .and()
              .doNotHaveSimpleName("OperatorPodView")
              .and()
              // Takes the pod and makes its view.
              .doNotHaveSimpleName("AdminApi")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(
                  "dev.quorate.actors.wiring..",
                  "dev.quorate.persistence..",
                  "org.apache.pekko.cluster.."));

  @TestFactory
  Stream<DynamicTest> everyRuleStandsOnTheArchitecturePageAndHolds() throws IOException {
    String page =
        Files.readString(Path.of("..", "docs", "architecture.md")).replaceAll("\\s+", " ");
    return RULES.entrySet().stream()
        .map(rule ->
            DynamicTest.dynamicTest(
                rule.getKey(),
                () -> {
                  Assertions.assertThat(page).contains(rule.getKey());
                  rule.getValue().check(CLASSES);
                }));
  }

  @TestFactory
  Stream<DynamicTest> theStagesOfTheFlowKnowOnlyThoseThatComeAfterThem() {
    return FLOW.entrySet().stream()
        .map(stage ->
            DynamicTest.dynamicTest(
                stage.getKey(),
                () ->
                    noClasses()
                        .that()
                        .resideInAPackage("dev.quorate.actors." + stage.getKey() + "..")
                        .should()
                        .dependOnClassesThat(
                            resideInAPackage("dev.quorate.actors..")
                                .and(
                                    not(
                                        resideInAnyPackage(
                                            Stream.concat(
                                                    Stream.of(stage.getKey()),
                                                    stage.getValue().stream())
                                                .map(name -> "dev.quorate.actors." + name + "..")
                                                .toArray(String[]::new)))))
                        .check(CLASSES)));
  }

  @Test
  void theCoreKnowsNothingButTheLanguage() {
    classes()
        .that()
        .resideInAPackage("dev.quorate.consensus..")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            "java.lang..",
            "java.util..",
            "java.nio",
            "java.nio.charset",
            "java.security",
            "org.jspecify..",
            "dev.quorate.consensus..")
        .check(CLASSES);
  }

  @Test
  void everyCommandIsARecordInItsActorsFile() {
    classes()
        .that()
        .implement(DistributedValidator.Command.class)
        .should()
        .beRecords()
        .andShould()
        .beMemberClasses()
        .check(CLASSES);
  }
}
