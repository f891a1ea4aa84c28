/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LargeValuesTest {
  private static Value value(int seed, int bytes) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return new Value(Bytes.wrap(content));
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  @ParameterizedTest
  @EnumSource
  void valuesOfAnySizeAreReadAfterARestartAsTheyWereStored(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    List<Value> all =
        List.of(
            value(1, 1025),
            value(2, LargeValues.PART_BYTES),
            value(3, LargeValues.PART_BYTES + 1),
            value(4, Value.BYTES_MAX));
    try (OperatorDatabase database = TestDatabase.open(settings);
        LargeValues values = new LargeValues(database)) {
      for (Value value : all) {
        assertThat(await(values.store(10, value))).isEqualTo(value);
        // Stored again, as by another pod or after a restart, it stays.
        assertThat(await(values.store(10, value))).isEqualTo(value);
      }
    }
    try (OperatorDatabase database = TestDatabase.open(settings);
        LargeValues values = new LargeValues(database)) {
      for (Value value : all) {
        assertThat(await(values.load(value.hash()))).contains(value);
      }
      assertThat(await(values.load(Bytes32.ZERO))).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void valuesGoWithTheirSlots(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        LargeValues values = new LargeValues(database)) {
      await(values.store(9, value(1, 2_000)));
      await(values.store(10, value(2, 2_000)));
      values.prune(10);
      assertThat(await(values.load(value(1, 2_000).hash()))).isEmpty();
      assertThat(await(values.load(value(2, 2_000).hash()))).isPresent();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aValueThatWasChangedOrCutShortIsGone(TestDatabase kind) throws Exception {
    try (OperatorDatabase database = kind.openFresh();
        LargeValues values = new LargeValues(database)) {
      Value cut = value(1, LargeValues.PART_BYTES + 1);
      await(values.store(9, cut));
      database.inTransaction(connection -> {
        try (Statement delete = connection.createStatement()) {
          return delete.executeUpdate("DELETE FROM large_value WHERE position = 1");
        }
      });
      assertThat(await(values.load(cut.hash()))).isEmpty();
    }
  }

  @Test
  void storesAreRefusedWhereTooManyWait() throws Exception {
    try (OperatorDatabase database = TestDatabase.H2.openFresh();
        LargeValues values = new LargeValues(database)) {
      CountDownLatch blocked = new CountDownLatch(1);
      CountDownLatch entered = new CountDownLatch(1);
      await(values.store(1, value(0, 2_000)));
      // Whoever chains to an answer that is not there yet does so on the thread that writes.
      Thread asking = Thread.currentThread();
      CompletionStage<?> blocker;
      do {
        blocker =
            values
                .store(1, value(1, 2_000))
                .thenRun(() -> {
                  if (Thread.currentThread() != asking) {
                    entered.countDown();
                    try {
                      blocked.await();
                    } catch (InterruptedException stopped) {
                      Thread.currentThread().interrupt();
                    }
                  }
                });
      } while (blocker.toCompletableFuture().isDone());
      entered.await();
      List<CompletionStage<Value>> waiting = new ArrayList<>();
      for (int i = 0; i < LargeValues.QUEUE_MAX; i++) {
        waiting.add(values.store(1, value(2 + i, 2_000)));
      }
      assertThatThrownBy(() -> await(values.store(1, value(99, 2_000))))
          .hasCauseInstanceOf(DatabaseFailedException.class);
      blocked.countDown();
      await(blocker);
      waiting.forEach(stage -> assertThat(await(stage)).isNotNull());
    }
  }

  @Test
  void aDatabaseThatIsGoneFailsTheStage() {
    OperatorDatabase database = TestDatabase.H2.openFresh();
    try (LargeValues values = new LargeValues(database)) {
      database.close();
      assertThatThrownBy(() -> await(values.load(Bytes32.ZERO)))
          .hasCauseInstanceOf(DatabaseFailedException.class);
    }
  }
}
