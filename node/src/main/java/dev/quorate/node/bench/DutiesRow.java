/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.node.process.Latency;
import dev.quorate.node.process.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What one run came to, from its first measured slot to its last.
 *
 * @param database which kind the operators had
 * @param isTrained their virtual machines began with what {@code train} kept
 * @param placement where in an epoch the validators attest
 * @param report of the beacon simulator, over the same slots
 * @param cpuNanos of all operators' processes
 * @param bytes sent by all operators to one another, as plain text; so for {@code frames}
 * @param journalRows written by all operators
 * @param rounds duties that operators broadcast, by the round that decided
 * @param residentBytes of the operator that holds the most memory at the end; only Linux tells
 * @param readySeconds from the start of the processes until all were ready
 */
record DutiesRow(
    int operators,
    String database,
    boolean isTrained,
    int validators,
    String placement,
    int slotSeconds,
    int slots,
    JsonNode report,
    long cpuNanos,
    long bytes,
    long frames,
    long journalRows,
    Map<String, Long> rounds,
    OptionalLong residentBytes,
    double readySeconds) {
  private static final double NANOS_PER_MILLI = 1e6;
  private static final double BYTES_PER_MEGABYTE = 1e6;

  DutiesRow {
    rounds = new TreeMap<>(rounds);
  }

  /** Every duty was done in time, and nothing wrong was signed. */
  boolean isSuccess() {
    return broadcast() > 0
        && count("missed") == 0
        && count("invalidAggregates") == 0
        && count("conflictingSignatures") == 0;
  }

  private long count(String name) {
    return report.path(name).longValue();
  }

  private long broadcast() {
    return count("broadcast");
  }

  private double perSecond() {
    return (double) broadcast() / slots / slotSeconds;
  }

  private double perDutyAndOperator(long total) {
    return broadcast() == 0 ? 0 : (double) total / broadcast() / operators;
  }

  private double cpuMillis() {
    return perDutyAndOperator(cpuNanos) / NANOS_PER_MILLI;
  }

  private Latency latency() {
    List<Long> ascending = new ArrayList<>();
    report.path("latenciesMillis").forEach(one -> ascending.add(one.longValue()));
    return Latency.of(ascending).orElse(new Latency(0, 0, 0));
  }

  /** Per duty means: of one operator. */
  ObjectNode toJson() {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("validators", validators)
            .put("placement", placement)
            .put("operators", operators)
            .put("database", database)
            .put("trained", isTrained)
            .put("slots", slots)
            .put("slotSeconds", slotSeconds)
            .put("dutiesPerSecond", rounded(perSecond()))
            .put("cpuMillisPerDutyAndOperator", rounded(cpuMillis()));
    Latency latency = latency();
    json.putObject("latencyMillis").put("p50", latency.p50()).put("p99", latency.p99());
    json.put("bytesPerDuty", rounded(perDutyAndOperator(bytes)))
        .put("framesPerDuty", rounded(perDutyAndOperator(frames)))
        .put("journalRowsPerDuty", rounded(perDutyAndOperator(journalRows)));
    residentBytes.ifPresent(resident ->
        json.put("residentMegabytes", Math.round((double) resident / BYTES_PER_MEGABYTE)));
    json.put("readySeconds", rounded(readySeconds));
    ObjectNode histogram = json.putObject("roundsHistogram");
    rounds.forEach(histogram::put);
    for (String name :
        List.of("expected", "broadcast", "missed", "invalidAggregates", "conflictingSignatures")) {
      json.put(name, count(name));
    }
    return json;
  }

  private static double rounded(double value) {
    return Math.round(value * 1000) / 1000.0;
  }

  static String table(List<DutiesRow> rows) {
    Table table =
        new Table(
            "validators",
            "in",
            "database",
            "trained",
            "duties",
            "missed",
            "duties/s",
            "CPU-ms",
            "p50 ms",
            "p99 ms",
            "bytes",
            "frames",
            "rows",
            "rounds",
            "MB",
            "ready s");
    rows.forEach(row ->
        table.row(
            row.validators(),
            row.placement(),
            row.database(),
            row.isTrained() ? "yes" : "no",
            row.broadcast(),
            row.count("missed"),
            text("%.1f", row.perSecond()),
            text("%.2f", row.cpuMillis()),
            row.latency().p50(),
            row.latency().p99(),
            text("%.0f", row.perDutyAndOperator(row.bytes())),
            text("%.2f", row.perDutyAndOperator(row.frames())),
            text("%.2f", row.perDutyAndOperator(row.journalRows())),
            row.rounds(),
            row.residentBytes().isPresent()
                ? text("%.0f", (double) row.residentBytes().getAsLong() / BYTES_PER_MEGABYTE)
                : "-",
            text("%.1f", row.readySeconds())));
    return table.toString();
  }

  private static String text(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
