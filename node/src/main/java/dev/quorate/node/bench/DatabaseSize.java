/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.node.bench.DurableOperator.Step;
import dev.quorate.node.process.Table;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.Dialect;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * What days of duties add to the database, while the journal keeps a day's events.
 *
 * @param validators whose duties they are
 * @param sizes of each table in bytes, indices included; the first before any duty, then after each
 *     day
 */
record DatabaseSize(int validators, List<SortedMap<String, Long>> sizes) {
  private static final String ALL = "all";

  /** H2 does not tell the sizes of its tables. */
  private static final String FILE = "file";

  private static final int DAYS_PER_YEAR = 365;
  private static final int VALIDATORS_OF_A_YEAR = 1_000;

  DatabaseSize {
    sizes = List.copyOf(sizes);
  }

  /** Of the journal: it keeps as many events of a validator as a day has. */
  static int eventsKept(SafetyScale scale) {
    return scale.dutiesADay() * DutyRows.EVENTS;
  }

  /**
   * Blocks.
   *
   * @param database opens it, each time as it was left
   * @param folder of the database, if it is H2
   */
  static DatabaseSize measure(
      Supplier<DurableOperator> database, Path folder, SafetyScale scale, PrintWriter out) {
    List<SortedMap<String, Long>> sizes = new ArrayList<>();
    long epoch = 1;
    for (int day = 0; day <= scale.days(); day++) {
      SortedMap<String, Long> tables;
      try (DurableOperator operator = database.get()) {
        if (day > 0) {
          out.printf(
              Locale.ROOT,
              "day %d of %d: %d duties of each of %d validators%n",
              day,
              scale.days(),
              scale.dutiesADay(),
              scale.validators());
          out.flush();
          work(operator, scale, epoch);
          epoch += scale.dutiesADay();
        }
        tables = tables(operator);
      }
      sizes.add(
          tables.isEmpty()
              ? new TreeMap<>(Map.of(FILE, BenchDatabases.compactedBytes(folder)))
              : tables);
    }
    return new DatabaseSize(scale.validators(), sizes);
  }

  private static void work(DurableOperator operator, SafetyScale scale, long first) {
    operator.start(scale.validators());
    for (long epoch = first; epoch < first + scale.dutiesADay(); epoch++) {
      operator.prune(epoch);
      for (Step step : Step.values()) {
        operator.takeAll(step, epoch);
      }
    }
  }

  /** Those of PostgreSQL in bytes. */
  private static SortedMap<String, Long> tables(DurableOperator operator) {
    SortedMap<String, Long> sizes = new TreeMap<>();
    if (operator.database().dialect() == Dialect.H2) {
      return sizes;
    }
    try (Connection connection = operator.database().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      // As the server does by itself, though not at once.
      statement.execute("VACUUM");
      try (ResultSet table =
          statement.executeQuery(
              "SELECT relname, pg_total_relation_size(oid) FROM pg_class"
                  + " WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace")) {
        while (table.next()) {
          sizes.put(table.getString(1), table.getLong(2));
        }
      }
      return sizes;
    } catch (SQLException failure) {
      throw new DatabaseFailedException("measuring tables", failure);
    }
  }

  private int days() {
    return sizes.size() - 1;
  }

  /** Bytes that a validator added on a day, from 1. */
  private long added(String table, int day) {
    return Math.round((double) (size(table, day) - size(table, day - 1)) / validators);
  }

  private long size(String table, int day) {
    return table.equals(ALL)
        ? sizes.get(day).values().stream().mapToLong(Long::longValue).sum()
        : sizes.get(day).getOrDefault(table, 0L);
  }

  /** If each day were like the last. */
  private double gigabytesOfAYear(String table) {
    return added(table, days()) * (double) DAYS_PER_YEAR * VALIDATORS_OF_A_YEAR / 1e9;
  }

  Measured measured() {
    List<String> headings = new ArrayList<>(List.of("table"));
    for (int day = 1; day <= days(); day++) {
      headings.add("day " + day);
    }
    headings.add("GB a year");
    Table table = new Table(headings.toArray(String[]::new));
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("validators", validators);
    ObjectNode added = json.putObject("bytesPerValidatorAddedOnDay");
    List<String> names = new ArrayList<>(sizes.getLast().keySet());
    names.removeIf(name -> size(name, days()) == size(name, 0));
    if (names.size() > 1) {
      names.add(ALL);
    }
    for (String name : names) {
      List<Object> cells = new ArrayList<>(List.of(name));
      for (int day = 1; day <= days(); day++) {
        cells.add(added(name, day));
        added.withArray(name).add(added(name, day));
      }
      cells.add(String.format(Locale.ROOT, "%.1f", gigabytesOfAYear(name)));
      table.row(cells.toArray());
    }
    return new Measured(
        "Bytes that a validator adds to the database on a day, a day's events kept; and what "
            + VALIDATORS_OF_A_YEAR
            + " add in a year of such days as the last\n"
            + table,
        json);
  }
}
