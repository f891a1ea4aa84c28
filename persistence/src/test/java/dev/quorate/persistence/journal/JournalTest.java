/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.journal;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.persistence.Ledger;
import dev.quorate.persistence.Operator;
import dev.quorate.persistence.Seeds;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.store.DatabaseSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JournalTest {
  private final Random random = Seeds.random("JournalTest");

  @ParameterizedTest
  @EnumSource
  void replaysAnUnbrokenChainAfterARestartWithAndWithoutASnapshot(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    EntitySnapshot few;
    EntitySnapshot many;
    try (Operator operator = Operator.start(settings)) {
      few = append(operator, operator.ledger("few"), 3);
      many = append(operator, operator.ledger("many"), 23);
      assertThat(operator.database().journalRows()).isEqualTo(26);
    }
    try (Operator operator = Operator.start(settings)) {
      assertThat(Operator.await(operator.read(operator.ledger("few")))).isEqualTo(few);
      ActorRef<Ledger.Command> ledger = operator.ledger("many");
      assertThat(Operator.await(operator.read(ledger))).isEqualTo(many);
      assertThat(append(operator, ledger, 1).recent()).hasSize(24);
    }
  }

  @ParameterizedTest
  @EnumSource
  void groupsTheEventsOfAThousandEntities(TestDatabase kind) {
    try (Operator operator = Operator.start(kind.fresh())) {
      List<ActorRef<Ledger.Command>> ledgers = operator.ledgers("v", 1_000);
      long before = operator.database().commits();
      List<CompletionStage<EntitySnapshot>> appended =
          ledgers.stream().map(ledger -> operator.append(ledger, Seeds.event(random))).toList();
      assertThat(appended.stream().map(Operator::await)).allMatch(s -> s.recent().size() == 1);
      long commits = operator.database().commits() - before;
      System.out.println(kind + ": 1,000 events in " + commits + " commits");
      assertThat(commits).isLessThan(500);
      operator
          .database()
          .forces()
          .ifPresent(
              forces -> assertThat(forces).isGreaterThanOrEqualTo(operator.database().commits()));
    }
  }

  /** A second incarnation writes sequence numbers that are taken: it falls, and it alone. */
  @ParameterizedTest
  @EnumSource
  void letsNoInnocentFallWithAZombieOfTheSameGroup(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    List<EntitySnapshot> expected = new ArrayList<>();
    try (Operator alive = Operator.start(settings);
        Operator stale = Operator.start(settings)) {
      List<ActorRef<Ledger.Command>> living = alive.ledgers("v", 10);
      living.forEach(ledger -> append(alive, ledger, 1));
      List<ActorRef<Ledger.Command>> zombies = stale.ledgers("v", 10);
      living.forEach(ledger -> expected.add(append(alive, ledger, 1)));
      List<ActorRef<Ledger.Command>> innocents = stale.ledgers("innocent", 400);

      TestProbe<EntitySnapshot> toZombies = stale.actors().createTestProbe();
      List<CompletionStage<EntitySnapshot>> appended = new ArrayList<>();
      for (int i = 0; i < innocents.size(); i++) {
        appended.add(stale.append(innocents.get(i), Seeds.event(random)));
        if (i % 40 == 20) {
          zombies
              .get(i / 40)
              .tell(new Ledger.Command.Append(Seeds.event(random), toZombies.getRef()));
        }
      }
      assertThat(appended.stream().map(Operator::await)).allMatch(s -> s.recent().size() == 1);
      zombies.forEach(zombie -> toZombies.expectTerminated(zombie, Operator.TIMEOUT));
      toZombies.expectNoMessage(Duration.ZERO);
    }
    try (Operator operator = Operator.start(settings)) {
      assertThat(operator.database().journalRows()).isEqualTo(2 * 10 + 400);
      assertThat(
              IntStream.range(0, 10)
                  .mapToObj(i -> Operator.await(operator.read(operator.ledger("v" + i)))))
          .isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource
  void doesNotRecoverFromAJournalWithALostOrAChangedRow(TestDatabase kind) throws Exception {
    DatabaseSettings settings = kind.fresh();
    try (Operator operator = Operator.start(settings)) {
      append(operator, operator.ledger("lost"), 4);
      append(operator, operator.ledger("changed"), 4);
      append(operator, operator.ledger("whole"), 4);
      execute(
          operator,
          "DELETE FROM \"event_journal\" WHERE \"persistence_id\" = 'lost'"
              + " AND \"sequence_number\" = 2");
      execute(
          operator,
          "UPDATE \"event_journal\" SET \"event_payload\" = (SELECT \"event_payload\""
              + " FROM \"event_journal\" WHERE \"persistence_id\" = 'whole'"
              + " AND \"sequence_number\" = 3)"
              + " WHERE \"persistence_id\" = 'changed' AND \"sequence_number\" = 3");
    }
    try (Operator operator = Operator.start(settings)) {
      TestProbe<Done> probe = operator.actors().createTestProbe();
      assertThat(Operator.await(operator.read(operator.ledger("whole"))).recent()).hasSize(4);
      Stream.of("lost", "changed")
          .forEach(id -> probe.expectTerminated(operator.ledger(id), Operator.TIMEOUT));
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsFourOperatorsInOneProcessApart(TestDatabase kind) {
    try (Operator a = Operator.start(kind.fresh());
        Operator b = Operator.start(kind.fresh());
        Operator c = Operator.start(kind.fresh());
        Operator d = Operator.start(kind.fresh())) {
      List<Operator> operators = List.of(a, b, c, d);
      for (int i = 0; i < 4; i++) {
        append(operators.get(i), operators.get(i).ledger("v"), i + 1);
      }
      assertThat(operators)
          .extracting(operator -> operator.database().journalRows())
          .containsExactly(1L, 2L, 3L, 4L);
    }
  }

  private EntitySnapshot append(Operator operator, ActorRef<Ledger.Command> ledger, int events) {
    EntitySnapshot last = Operator.await(operator.read(ledger));
    for (int i = 0; i < events; i++) {
      DutyEvent event = Seeds.event(random);
      last = Operator.await(operator.append(ledger, event));
    }
    return last;
  }

  private static void execute(Operator operator, String sql) throws SQLException {
    try (Connection connection = operator.database().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isEqualTo(1);
    }
  }
}
