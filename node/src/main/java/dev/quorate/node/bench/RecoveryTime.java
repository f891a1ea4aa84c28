/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.node.process.Latency;
import dev.quorate.node.process.Table;
import dev.quorate.persistence.store.DatabaseFailedException;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;

/**
 * How long entities take to recover: from their start until the last of them has its state again.
 *
 * @param rows by what was recovered
 */
record RecoveryTime(List<Row> rows) {
  private static final double MICROS_PER_MILLI = 1e3;

  /** Of one transaction of the journal. */
  private static final int EVENTS_AT_ONCE = 300;

  /** Entities that are filled at once. */
  private static final int FILLED_AT_ONCE = 50;

  /**
   * @param events of each entity, ever
   * @param kept of them, in the journal
   * @param replayed of them, when it recovers
   * @param micros of all entities together
   */
  record Row(String what, int entities, long events, long kept, long replayed, Latency micros) {}

  /** An entity that has its events, and does not run. */
  private record Filled(int validator, long events, RetentionCriteria retention) {}

  RecoveryTime {
    rows = List.copyOf(rows);
  }

  /** Blocks. */
  static RecoveryTime measure(DurableOperator operator, SafetyScale scale, PrintWriter out) {
    List<Row> rows = new ArrayList<>();
    long events = (long) scale.historyDays() * SafetyScale.FULL.dutiesADay() * DutyRows.EVENTS;
    say(out, "a validator with %,d events, old ones deleted", events);
    Filled one = fill(operator, 0, events);
    rows.add(measure("one", operator, List.of(one), scale.recoveries()));
    say(out, "a validator with %,d events and no snapshot", events);
    Filled whole = new Filled(1, events, RetentionCriteria.disabled());
    fill(operator, whole, 0);
    rows.add(measure("one without snapshots", operator, List.of(whole), 1));
    say(out, "%,d validators", scale.entities());
    List<Filled> many = new ArrayList<>();
    for (int next = 0; next < scale.entities(); next += FILLED_AT_ONCE) {
      many.addAll(
          IntStream.range(next, Math.min(scale.entities(), next + FILLED_AT_ONCE))
              .parallel()
              .mapToObj(entity -> fill(operator, 2 + entity, 1))
              .toList());
    }
    rows.add(measure("together", operator, many, scale.recoveries()));
    return new RecoveryTime(rows);
  }

  private static void say(PrintWriter out, String format, Object argument) {
    out.printf(Locale.ROOT, format + "%n", argument);
    out.flush();
  }

  /**
   * At least so many events, as many of them behind the last snapshot as there ever are: of all
   * recoveries the one that takes longest.
   */
  private static Filled fill(DurableOperator operator, int validator, long events) {
    int interval = DistributedValidator.eventsPerSnapshot(validator);
    long snapshotAt = Math.ceilDiv(events, (long) interval) * interval;
    Filled filled =
        new Filled(validator, snapshotAt + interval - 1, DistributedValidator.retention(validator));
    // Nothing is deleted that the guard has not passed.
    operator.passed(validator, Integer.MAX_VALUE / 2);
    fill(operator, filled, snapshotAt);
    return filled;
  }

  /**
   * @param pause after so many events a transaction ends, and with it, perhaps, a snapshot is due
   */
  private static void fill(DurableOperator operator, Filled filled, long pause) {
    int validator = filled.validator();
    ActorRef<JournaledEntity.Command> entity = operator.entity(validator, filled.retention());
    long next = 0;
    while (next < filled.events()) {
      long end = Math.min(next + EVENTS_AT_ONCE, next < pause ? pause : filled.events());
      List<DutyEvent> events =
          LongStream.range(next, end).mapToObj(event -> DutyRows.event(validator, event)).toList();
      DurableOperator.await(List.of(operator.append(entity, events)));
      next = end;
    }
    DurableOperator.await(List.of(operator.stop(entity)));
  }

  private static Row measure(
      String what, DurableOperator operator, List<Filled> filled, int recoveries) {
    List<Long> micros = new ArrayList<>();
    for (int recovery = 0; recovery < recoveries; recovery++) {
      long startNanos = System.nanoTime();
      List<ActorRef<JournaledEntity.Command>> entities =
          filled.stream().map(one -> operator.entity(one.validator(), one.retention())).toList();
      DurableOperator.await(
          entities.stream().map(entity -> operator.append(entity, List.of())).toList());
      micros.add(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos));
      DurableOperator.await(entities.stream().map(operator::stop).toList());
    }
    Filled first = filled.getFirst();
    return new Row(
        what,
        filled.size(),
        first.events(),
        number(operator, "SELECT COUNT(*) FROM \"event_journal\"", first.validator()),
        first.events()
            - number(
                operator, "SELECT MAX(\"sequence_number\") FROM \"snapshot\"", first.validator()),
        Latency.of(micros.stream().sorted().toList()).orElseThrow());
  }

  private static long number(DurableOperator operator, String select, int validator) {
    try (Connection connection = operator.database().dataSource().getConnection();
        PreparedStatement statement =
            connection.prepareStatement(select + " WHERE \"persistence_id\" = ?")) {
      statement.setString(1, DurableOperator.id(validator));
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    } catch (SQLException failure) {
      throw new DatabaseFailedException("counting the events of a validator", failure);
    }
  }

  Measured measured() {
    Table table =
        new Table("recovers", "validators", "events", "kept", "replayed", "p50 ms", "max ms");
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (Row row : rows) {
      double p50 = row.micros().p50() / MICROS_PER_MILLI;
      double max = row.micros().max() / MICROS_PER_MILLI;
      table.row(
          row.what(),
          row.entities(),
          row.events(),
          row.kept(),
          row.replayed(),
          String.format(Locale.ROOT, "%.1f", p50),
          String.format(Locale.ROOT, "%.1f", max));
      json.addObject()
          .put("recovers", row.what())
          .put("validators", row.entities())
          .put("events", row.events())
          .put("kept", row.kept())
          .put("replayed", row.replayed())
          .put("p50Millis", p50)
          .put("maxMillis", max);
    }
    return new Measured("Until all of them have recovered; events are of each\n" + table, json);
  }
}
