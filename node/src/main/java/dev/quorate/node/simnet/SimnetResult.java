/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.simnet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.node.process.Latency;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a run came to. Counts are per duty of the cluster; a figure that was not measured is absent.
 *
 * @param onChain what is known by the end, which of attestations nothing is before two epochs
 * @param cpuSeconds of all operators, like everything below from the first slot to the end
 * @param peerBytes sent by all operators
 */
record SimnetResult(
    int operators,
    int threshold,
    int validators,
    int slots,
    String engine,
    String database,
    Map<DutyType, Duties> duties,
    Map<DutyType, Map<Inclusion, Long>> onChain,
    SimnetCommand.Demand demand,
    Map<Integer, Long> roundsHistogram,
    Optional<Latency> latencyMillis,
    Optional<Long> verifiedAggregates,
    Optional<Long> invalidAggregates,
    Optional<Long> conflictingSignatures,
    Optional<Long> diverged,
    double cpuSeconds,
    double wallSeconds,
    long peerBytes,
    long peerFrames,
    long journalRows) {

  /**
   * {@code expected} and {@code missed} are known only where the chain is a simulated one, and of
   * types of duty that it can tell of; and of agreements, of which each epoch's end has one.
   */
  record Duties(Optional<Long> expected, long broadcast, Optional<Long> missed) {
    private String text(DutyType type) {
      return expected.map(count -> count + " expected, ").orElse("")
          + broadcast
          + (type.isSigned() ? " broadcast" : " decided")
          + missed.map(count -> ", " + count + " missed").orElse("");
    }
  }

  private Optional<Map<Inclusion, Long>> known(DutyType type) {
    return Optional.ofNullable(onChain.get(type));
  }

  private boolean isDone(DutyType type) {
    return Optional.ofNullable(duties.get(type))
        .filter(counts -> counts.broadcast() > 0 && counts.missed().orElse(0L) == 0)
        .isPresent();
  }

  /** Every duty that had to be was broadcast, and nothing wrong was signed. */
  boolean isSuccess() {
    return demanded().allMatch(this::isDone)
        && invalidAggregates.orElse(0L) == 0
        && conflictingSignatures.orElse(0L) == 0;
  }

  /** What a chain can tell of, but for exits, which nobody approved of; and what is agreed on. */
  private Stream<DutyType> demanded() {
    return switch (demand) {
      case ATTESTER -> Stream.of(DutyType.ATTESTER);
      case ALL ->
          Stream.of(
                  DutyType.ATTESTER,
                  DutyType.AGGREGATOR,
                  DutyType.PROPOSER,
                  DutyType.SYNC_MESSAGE,
                  DutyType.SYNC_CONTRIBUTION,
                  DutyType.BUILDER_REGISTRATION,
                  DutyType.INFO_SYNC)
              // Where no epoch ended there was nothing to agree on.
              .filter(type -> type.isSigned() || duties.containsKey(type));
    };
  }

  /** A figure that was not measured is absent, never zero. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("operators", operators)
        .put("threshold", threshold)
        .put("validators", validators)
        .put("slots", slots)
        .put("engine", engine)
        .put("database", database);
    ObjectNode byType = json.putObject("duties");
    duties.forEach((type, counts) -> {
      ObjectNode one = byType.putObject(type.label());
      counts.expected().ifPresent(expected -> one.put("expected", expected));
      one.put("broadcast", counts.broadcast());
      counts.missed().ifPresent(missed -> one.put("missed", missed));
      known(type)
          .ifPresent(known ->
              one.put("included", known.getOrDefault(Inclusion.INCLUDED, 0L))
                  .put("notIncluded", known.getOrDefault(Inclusion.NOT_INCLUDED, 0L)));
    });
    ObjectNode rounds = json.putObject("roundsHistogram");
    roundsHistogram.forEach((round, count) -> rounds.put(Integer.toString(round), count));
    latencyMillis.ifPresent(latency ->
        json.putObject("latencyMillis")
            .put("p50", latency.p50())
            .put("p99", latency.p99())
            .put("max", latency.max()));
    verifiedAggregates.ifPresent(count -> json.put("verifiedAggregates", count));
    invalidAggregates.ifPresent(count -> json.put("invalidAggregates", count));
    conflictingSignatures.ifPresent(count -> json.put("conflictingSignatures", count));
    diverged.ifPresent(count -> json.put("diverged", count));
    return json.put("cpuSeconds", cpuSeconds)
        .put("wallSeconds", wallSeconds)
        .put("peerBytes", peerBytes)
        .put("peerFrames", peerFrames)
        .put("journalRows", journalRows);
  }

  void write(Path file) {
    try {
      Files.writeString(file, toJson().toPrettyString() + System.lineSeparator());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The closing table. */
  String table() {
    double work = (double) duties.values().stream().mapToLong(Duties::broadcast).sum() * operators;
    StringBuilder table = new StringBuilder();
    duties.forEach((type, counts) ->
        row(
            table,
            type.label(),
            counts.text(type)
                + known(type)
                    .map(known ->
                        "; of those asked about %d on chain, %d not"
                            .formatted(
                                known.getOrDefault(Inclusion.INCLUDED, 0L),
                                known.getOrDefault(Inclusion.NOT_INCLUDED, 0L)))
                    .orElse("")));
    latencyMillis.ifPresent(latency ->
        row(
            table,
            "latency",
            "p50 %d ms, p99 %d ms, max %d ms"
                .formatted(latency.p50(), latency.p99(), latency.max())));
    row(
        table,
        "rounds",
        roundsHistogram.entrySet().stream()
            .map(entry -> entry.getValue() + " duties in round " + entry.getKey())
            .collect(Collectors.joining(", ")));
    verifiedAggregates.ifPresent(verified ->
        row(
            table,
            "signatures",
            "%d valid, %d invalid, %d conflicting; %d duties diverged"
                .formatted(
                    verified,
                    invalidAggregates.orElse(0L),
                    conflictingSignatures.orElse(0L),
                    diverged.orElse(0L))));
    row(
        table,
        "network",
        String.format(
            Locale.ROOT, "%d frames, %.1f MB between operators", peerFrames, peerBytes / 1e6));
    row(
        table,
        "journal",
        String.format(
            Locale.ROOT,
            "%d rows on %s, %.1f per duty and operator",
            journalRows,
            database,
            work == 0 ? 0 : journalRows / work));
    row(
        table,
        "cpu",
        String.format(
            Locale.ROOT,
            "%.1f s in %.1f s, %.1f ms per duty and operator",
            cpuSeconds,
            wallSeconds,
            work == 0 ? 0 : cpuSeconds * 1000 / work));
    return table.toString();
  }

  private static void row(StringBuilder table, String name, String text) {
    table.append(String.format(Locale.ROOT, "  %-17s %s%n", name, text));
  }
}
