/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.approval;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ExitApprovalsTest {
  private static final long PERIOD = 8_192;
  private static final Bytes ONE = Bytes.fromHex("01".repeat(48));
  private static final Bytes TWO = Bytes.fromHex("02".repeat(48));

  @ParameterizedTest
  @EnumSource
  void anApprovalIsOfItsValidatorAndItsPeriodAlone(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      assertThat(ExitApprovals.of(database, PERIOD)).isEmpty();
      ExitApprovals.approve(database, ONE, PERIOD);
      ExitApprovals.approve(database, ONE, PERIOD);
      assertThat(ExitApprovals.of(database, PERIOD)).containsExactly(ONE);
      assertThat(ExitApprovals.of(database, 0)).isEmpty();
      assertThat(ExitApprovals.of(database, 2 * PERIOD)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theNextPeriodsApprovalsReplaceThoseBefore(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      ExitApprovals.approve(database, ONE, PERIOD);
      ExitApprovals.approve(database, TWO, 2 * PERIOD);
      assertThat(ExitApprovals.of(database, PERIOD)).as("forgotten").isEmpty();
      assertThat(ExitApprovals.of(database, 2 * PERIOD)).containsExactly(TWO);
    }
  }

  @ParameterizedTest
  @EnumSource
  void outlivesARestart(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    try (OperatorDatabase database = TestDatabase.open(settings)) {
      ExitApprovals.approve(database, ONE, PERIOD);
    }
    try (OperatorDatabase database = TestDatabase.open(settings)) {
      assertThat(ExitApprovals.of(database, PERIOD)).containsExactly(ONE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void twoPodsMayBeToldAtOnce(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh()) {
      for (long period = PERIOD; period < 20 * PERIOD; period += PERIOD) {
        long now = period;
        CompletableFuture.allOf(
                CompletableFuture.runAsync(() -> ExitApprovals.approve(database, ONE, now)),
                CompletableFuture.runAsync(() -> ExitApprovals.approve(database, ONE, now)))
            .join();
        assertThat(ExitApprovals.of(database, now)).containsExactly(ONE);
      }
    }
  }
}
