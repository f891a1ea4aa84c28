/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.fence.Activation;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.RecordingFileSystem;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;

/** What was acknowledged survives a power cut that keeps only forced writes, and any others. */
class PowerCutTest {
  private static final GuardVerdict GRANTED = new GuardVerdict.Granted();
  private static final FenceVerdict OWNED = new FenceVerdict.Owned();
  private static final FenceVerdict FENCED = new FenceVerdict.Foreign(Reason.FENCED);

  private static final SigningGuard.Clock LATE =
      new SigningGuard.Clock() {
        @Override
        public long currentEpoch() {
          return 1_000_000;
        }

        @Override
        public long currentSlot() {
          return 32_000_000;
        }
      };

  private record Acknowledged(
      Map<Integer, Signable> granted, List<Integer> claimed, Map<String, EntitySnapshot> ledgers) {}

  private record Cut(DatabaseSettings left, Acknowledged before) {}

  @Test
  void losesNothingThatGuardFenceOrJournalAcknowledged() {
    Random random = Seeds.random("losesNothingThatGuardFenceOrJournalAcknowledged");
    Path folder = TestDatabase.freshFolder();
    Activation activation = Activation.random();
    List<Cut> cuts = new ArrayList<>();
    Map<Integer, Signable> granted = new HashMap<>();
    List<Integer> claimed = new ArrayList<>();
    Map<String, EntitySnapshot> ledgers = new HashMap<>();
    try (Operator operator = Operator.start(RecordingFileSystem.database(folder));
        SigningGuard guard = new SigningGuard(operator.database(), LATE);
        VoteFence fence = new VoteFence(operator.database())) {
      Map<String, ActorRef<Ledger.Command>> actors = new HashMap<>();
      for (int i = 0; i < 120; i++) {
        int forcesBefore = RecordingFileSystem.forces(folder);
        switch (random.nextInt(3)) {
          case 0 -> {
            int key = random.nextInt(5);
            Signable signable = new Signable(Seeds.root(random), i, i + 1);
            assertThat(ask(guard, key, signable)).isEqualTo(GRANTED);
            granted.put(key, signable);
          }
          case 1 -> {
            assertThat(claim(fence, i, activation)).isEqualTo(OWNED);
            claimed.add(i);
          }
          default -> {
            String id = "v" + random.nextInt(5);
            ActorRef<Ledger.Command> ledger = actors.computeIfAbsent(id, operator::ledger);
            ledgers.put(id, Operator.await(operator.append(ledger, Seeds.event(random))));
          }
        }
        assertThat(RecordingFileSystem.forces(folder)).isGreaterThan(forcesBefore);
        if (random.nextInt(6) == 0) {
          cuts.add(
              new Cut(
                  RecordingFileSystem.cutPower(folder, TestDatabase.freshFolder(), random),
                  new Acknowledged(
                      Map.copyOf(granted), List.copyOf(claimed), Map.copyOf(ledgers))));
        }
      }
    }
    assertThat(cuts).hasSizeGreaterThan(3);
    cuts.forEach(PowerCutTest::assertNothingLost);
  }

  private static void assertNothingLost(Cut cut) {
    try (Operator operator = Operator.start(cut.left());
        SigningGuard guard = new SigningGuard(operator.database(), LATE);
        VoteFence fence = new VoteFence(operator.database())) {
      cut.before()
          .granted()
          .forEach((key, signable) -> {
            Signable other = new Signable(Bytes32.ZERO, signable.source(), signable.target());
            assertThat(ask(guard, key, other)).isNotEqualTo(GRANTED);
            assertThat(ask(guard, key, signable)).isEqualTo(GRANTED);
          });
      Activation later = Activation.random();
      cut.before()
          .claimed()
          .forEach(slot -> assertThat(claim(fence, slot, later)).isEqualTo(FENCED));
      cut.before()
          .ledgers()
          .forEach((id, ledger) ->
              assertThat(Operator.await(operator.read(operator.ledger(id)))).isEqualTo(ledger));
    }
  }

  /** A row that is there, but may not be on disk, must not be acted upon. */
  @Test
  void letsNobodyReadOnceAForceHasFailed() throws Exception {
    Path folder = TestDatabase.freshFolder();
    try (OperatorDatabase database = TestDatabase.open(RecordingFileSystem.database(folder));
        Connection before = database.dataSource().getConnection()) {
      RecordingFileSystem.refuseForces(folder);

      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() ->
              database.inTransaction(connection ->
                  connection
                      .createStatement()
                      .executeUpdate("UPDATE vote_fence_floor SET slot = 7")));

      assertThatExceptionOfType(SQLException.class)
          .isThrownBy(() -> database.dataSource().getConnection())
          .withMessageContaining("start again");
      assertThatExceptionOfType(SQLException.class).isThrownBy(before::createStatement);
      assertThat(database.isReachable()).isFalse();
    }
  }

  /** Without the force the same cut loses a committed row: the test above tests something. */
  @Test
  void wouldLoseACommitThatIsNotForced() throws Exception {
    Path folder = TestDatabase.freshFolder();
    DatabaseSettings settings = RecordingFileSystem.database(folder);
    try (OperatorDatabase _ = TestDatabase.open(settings);
        Connection unforced = DriverManager.getConnection(settings.url(), "sa", "");
        Statement statement = unforced.createStatement()) {
      unforced.setAutoCommit(false);
      statement.execute("UPDATE vote_fence_floor SET slot = 77");
      unforced.commit();
      Random neither =
          new Random(1) {
            private static final long serialVersionUID = 1;

            @Override
            public boolean nextBoolean() {
              return false;
            }
          };
      DatabaseSettings left =
          RecordingFileSystem.cutPower(folder, TestDatabase.freshFolder(), neither);
      try (OperatorDatabase database = TestDatabase.open(left);
          VoteFence fence = new VoteFence(database)) {
        assertThat(claim(fence, 70, Activation.random())).isEqualTo(OWNED);
      }
    }
  }

  private static GuardVerdict ask(SigningGuard guard, int key, Signable signable) {
    return Operator.await(
        guard.ask(key(key), DutyId.attester(signable.target() * 32, key), signable));
  }

  private static FenceVerdict claim(VoteFence fence, int slot, Activation activation) {
    return Operator.await(fence.claim(key(0), DutyId.attester(slot, 0), activation));
  }

  private static Bytes key(int index) {
    byte[] key = new byte[48];
    key[47] = (byte) index;
    return Bytes.wrap(key);
  }
}
