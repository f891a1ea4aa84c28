/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.quarantine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QuarantineRowTest {
  @ParameterizedTest
  @EnumSource
  void onlyRisesSaveForTheSourceThatSomebodyAnswersFor(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      QuarantineRow.allowSource(database, 1);
      assertThat(QuarantineRow.read(database)).isEmpty();
      Quarantine expected = new Quarantine(23, 5, 4);
      QuarantineRow.enter(database, expected);
      assertThat(QuarantineRow.read(database)).contains(expected);
      QuarantineRow.allowSource(database, 9);
      assertThat(QuarantineRow.read(database)).contains(expected);
      QuarantineRow.allowSource(database, 1);
      expected = new Quarantine(23, 5, 1);
      assertThat(QuarantineRow.read(database)).contains(expected);
      for (Quarantine next :
          new Quarantine[] {
            new Quarantine(20, 4, 3), new Quarantine(24, 5, 4), new Quarantine(24, 6, 5),
          }) {
        QuarantineRow.enter(database, next);
        expected = expected.and(next);
        assertThat(QuarantineRow.read(database)).contains(expected);
      }
    }
  }

  /** Two pods enter it while somebody allows an earlier source: the later one counts. */
  @ParameterizedTest
  @EnumSource
  void losesNothingToAnotherWriter(TestDatabase kind) {
    for (int round = 0; round < 20; round++) {
      DatabaseSettings settings = kind.fresh();
      try (OperatorDatabase one = TestDatabase.open(settings);
          OperatorDatabase two = TestDatabase.open(settings)) {
        QuarantineRow.enter(one, new Quarantine(10, 2, 1));
        CompletableFuture.allOf(
                CompletableFuture.runAsync(
                    () -> QuarantineRow.enter(one, new Quarantine(50, 12, 11))),
                CompletableFuture.runAsync(() -> QuarantineRow.allowSource(two, 0)),
                CompletableFuture.runAsync(
                    () -> QuarantineRow.enter(two, new Quarantine(40, 9, 8))))
            .join();
        assertThat(QuarantineRow.read(one).orElseThrow())
            .returns(50L, Quarantine::slot)
            .returns(12L, Quarantine::epoch);
      }
    }
  }
}
