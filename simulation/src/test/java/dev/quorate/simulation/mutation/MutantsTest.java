/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds the list of mutants to the source as it stands; {@code MutationTest} lets them run. */
class MutantsTest {
  @TestFactory
  Stream<DynamicTest> everyMutantFitsTheSourceAndCompiles() {
    return Mutants.ALL.stream()
        .map(mutant ->
            DynamicTest.dynamicTest(
                mutant.name(), () -> MutantLoader.of(Path.of(".."), mutant.edits())));
  }

  @Test
  void everyMutantHasItsOwnName() {
    assertThat(Mutants.ALL).extracting(Mutant::name).doesNotHaveDuplicates();
  }
}
