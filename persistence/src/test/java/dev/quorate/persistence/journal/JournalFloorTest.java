/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.persistence.Ledger;
import dev.quorate.persistence.Operator;
import dev.quorate.persistence.Seeds;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.Dialect;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Entities with a snapshot every ten events and five events of history. */
class JournalFloorTest {
  private static final int SNAPSHOT_EVERY = 10;
  private static final JournalSettings SETTINGS = JournalSettings.DEFAULT.withEventsKept(5);

  private final Random random = Seeds.random("JournalFloorTest");
  private final Bytes key = Seeds.bytes(random, 48);
  private final String id = "validator|" + key.hex();

  private record Entity(ActorRef<Ledger.Command> ledger, TestProbe<Done> deletions) {}

  private Entity start(Operator operator, String entityId) {
    TestProbe<Done> deletions = operator.actors().createTestProbe();
    return new Entity(
        operator
            .actors()
            .spawn(
                new Ledger(
                    entityId,
                    RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY, 1).withDeleteEventsOnSnapshot(),
                    deletions.getRef())),
        deletions);
  }

  /** An intent of each epoch in turn. */
  private DutyEvent intent(long target) {
    return new DutyEvent.Intended(
        DutyId.attester(target * 32, 0),
        new Value(Seeds.bytes(random, 100)),
        new Signable(Seeds.root(random), target - 1, target),
        DutyEvent.Trail.NONE,
        DutyEvent.Aftermath.NONE);
  }

  private void append(Operator operator, Entity entity, long fromTarget, long toTarget) {
    for (long target = fromTarget; target <= toTarget; target++) {
      Operator.await(operator.append(entity.ledger(), intent(target)));
    }
  }

  private static List<Long> numbers(Operator operator, String entityId) {
    return longs(
        operator,
        "SELECT \"sequence_number\" FROM \"event_journal\" WHERE \"persistence_id\" = ?"
            + " ORDER BY \"sequence_number\"",
        entityId);
  }

  private static List<Long> floor(Operator operator, String entityId) {
    return longs(
        operator, "SELECT sequence_number FROM journal_floor WHERE persistence_id = ?", entityId);
  }

  private static List<Long> longs(Operator operator, String sql, String entityId) {
    List<Long> longs = new ArrayList<>();
    try (Connection connection = operator.database().dataSource().getConnection();
        PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, entityId);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          longs.add(row.getLong(1));
        }
      }
      return longs;
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }

  @ParameterizedTest
  @EnumSource
  void deletesWhatSnapshotHistoryAndGuardCanDoWithoutAndGoesOnFromThere(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    EntitySnapshot before;
    try (Operator operator = Operator.start(settings, SETTINGS)) {
      operator.raiseWatermark(key, 1_000);
      Entity entity = start(operator, id);
      append(operator, entity, 1, 30);
      entity.deletions().receiveMessage(Operator.TIMEOUT);
      entity.deletions().receiveMessage(Operator.TIMEOUT);
      // The snapshot of 20 lets go of those up to 10, that of 30 of those up to 20.
      assertThat(numbers(operator, id)).first().isEqualTo(21L);
      assertThat(floor(operator, id)).containsExactly(20L);
      before = Operator.await(operator.read(entity.ledger()));
    }
    try (Operator operator = Operator.start(settings, SETTINGS)) {
      Entity entity = start(operator, id);
      assertThat(Operator.await(operator.read(entity.ledger()))).isEqualTo(before);
      append(operator, entity, 31, 31);
      assertThat(numbers(operator, id)).last().isEqualTo(31L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsEveryIntentThatTheGuardHasNotPassedAndWhatCameAfterIt(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      operator.raiseWatermark(key, 7);
      Entity entity = start(operator, id);
      append(operator, entity, 1, 30);
      entity.deletions().receiveMessage(Operator.TIMEOUT);
      entity.deletions().receiveMessage(Operator.TIMEOUT);
      assertThat(numbers(operator, id)).first().isEqualTo(7L);
      assertThat(floor(operator, id)).containsExactly(6L);
    }
  }

  @ParameterizedTest
  @EnumSource
  void deletesNothingOfAnEntityWithoutWatermarkOrKey(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      for (String entityId : List.of(id, "no-key")) {
        Entity entity = start(operator, entityId);
        append(operator, entity, 1, 20);
        entity.deletions().receiveMessage(Operator.TIMEOUT);
        assertThat(numbers(operator, entityId)).hasSize(20);
        assertThat(floor(operator, entityId)).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsAsMuchHistoryAsItIsToldTo(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS.withEventsKept(17))) {
      operator.raiseWatermark(key, 1_000);
      Entity entity = start(operator, id);
      append(operator, entity, 1, 20);
      entity.deletions().receiveMessage(Operator.TIMEOUT);
      assertThat(numbers(operator, id)).first().isEqualTo(4L);
    }
  }

  /**
   * An incarnation that stood still while another went on, and whose next number was written and
   * deleted meanwhile. Its row would be taken, without the floor.
   */
  @ParameterizedTest
  @EnumSource
  void aStaleIncarnationWritesNothingWhereRowsAreGoneAndNobodyFallsWithIt(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    try (Operator alive = Operator.start(settings, SETTINGS);
        Operator stale = Operator.start(settings, SETTINGS)) {
      alive.raiseWatermark(key, 1_000);
      Entity living = start(alive, id);
      append(alive, living, 1, 3);
      Entity zombie = start(stale, id);
      Operator.await(stale.read(zombie.ledger()));
      append(alive, living, 4, 30);
      living.deletions().receiveMessage(Operator.TIMEOUT);
      living.deletions().receiveMessage(Operator.TIMEOUT);
      List<Long> before = numbers(alive, id);
      assertThat(before).doesNotContain(4L);

      List<ActorRef<Ledger.Command>> innocents = stale.ledgers("innocent", 100);
      TestProbe<EntitySnapshot> toZombie = stale.actors().createTestProbe();
      List<CompletionStage<EntitySnapshot>> appended = new ArrayList<>();
      for (int i = 0; i < innocents.size(); i++) {
        appended.add(stale.append(innocents.get(i), Seeds.event(random)));
        if (i == 50) {
          zombie.ledger().tell(new Ledger.Command.Append(intent(4), toZombie.getRef()));
        }
      }
      toZombie.expectTerminated(zombie.ledger(), Operator.TIMEOUT);
      assertThat(appended.stream().map(Operator::await)).allMatch(s -> s.recent().size() == 1);
      assertThat(numbers(alive, id)).isEqualTo(before);
      append(alive, living, 31, 31);
    }
  }

  /** The write begins when the row is deleted, but the floor is not to be seen yet. */
  @ParameterizedTest
  @EnumSource
  void aWriteThatHasToWaitForADeletionIsRefusedAfterIt(TestDatabase kind) throws Exception {
    DatabaseSettings settings = kind.fresh();
    try (Operator alive = Operator.start(settings, SETTINGS);
        Operator stale = Operator.start(settings, SETTINGS)) {
      Entity living = start(alive, id);
      append(alive, living, 1, 3);
      Entity zombie = start(stale, id);
      Operator.await(stale.read(zombie.ledger()));
      append(alive, living, 4, 9);

      TestProbe<EntitySnapshot> toZombie = stale.actors().createTestProbe();
      try (Connection deleting = alive.database().dataSource().getConnection()) {
        deleting.setAutoCommit(false);
        execute(
            deleting, "INSERT INTO journal_floor (persistence_id, sequence_number) VALUES (?, 5)");
        execute(
            deleting,
            "DELETE FROM \"event_journal\" WHERE \"persistence_id\" = ?"
                + " AND \"sequence_number\" <= 5");
        zombie.ledger().tell(new Ledger.Command.Append(intent(4), toZombie.getRef()));
        awaitABlockedTransaction(alive);
        deleting.commit();
      }
      toZombie.expectTerminated(zombie.ledger(), Operator.TIMEOUT);
      assertThat(numbers(alive, id)).containsExactly(6L, 7L, 8L, 9L);
    }
  }

  /** H2 lets no insert wait for a deletion: to it the row is there until then. */
  private static void awaitABlockedTransaction(Operator operator) throws SQLException {
    if (operator.database().dialect() == Dialect.H2) {
      return;
    }
    long end = System.nanoTime() + Operator.TIMEOUT.toNanos();
    try (Connection connection = operator.database().dataSource().getConnection();
        PreparedStatement select =
            connection.prepareStatement(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")) {
      for (long blocked = 0; blocked == 0; ) {
        assertThat(System.nanoTime()).as("patience").isLessThan(end);
        try (ResultSet row = select.executeQuery()) {
          row.next();
          blocked = row.getLong(1);
        }
      }
    }
  }

  private void execute(Connection connection, String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, id);
      statement.executeUpdate();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFailedDutyAllowsNobodyToSign(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh(), SETTINGS)) {
      operator.raiseWatermark(key, 1);
      Entity entity = start(operator, id);
      for (int i = 1; i <= 20; i++) {
        DutyEvent failed =
            new DutyEvent.Failed(
                DutyId.attester(1_000 + i, 0),
                Reason.NO_QUORUM,
                List.of(),
                List.of(),
                DutyEvent.Trail.NONE,
                DutyEvent.Aftermath.NONE,
                i);
        Operator.await(operator.append(entity.ledger(), failed));
      }
      entity.deletions().receiveMessage(Operator.TIMEOUT);
      assertThat(numbers(operator, id)).first().isEqualTo(11L);
    }
  }
}
