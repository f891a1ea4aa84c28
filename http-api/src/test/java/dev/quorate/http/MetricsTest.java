/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.feature.Features;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.http.view.NodeView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MetricsTest {
  private static final Pattern ROW = Pattern.compile("\\| `(quorate_\\w+)` \\| ([^|]*)\\|");
  private static final Pattern SAMPLE =
      Pattern.compile("(?m)^(quorate_\\w+?)(?:_bucket|_count|_sum)?(?:\\{(.*)})? [-+0-9.eE]+$");

  private final Served served;

  MetricsTest() throws IOException {
    served = new Served(3);
  }

  @AfterEach
  void stop() {
    served.close();
  }

  private String text() throws Exception {
    return served.get("/metrics").body();
  }

  @Test
  void thePageNamesEveryMetricWithItsLabels() throws Exception {
    served.pod.end(DutyId.attester(7, 0), FakePod.broadcast(1));
    served.pod.end(DutyId.attester(7, 1), FakePod.missed(Reason.NO_QUORUM));
    served.pod.end(
        new DutyId(DutyType.INFO_SYNC, 7, 0, 0),
        new DutyOutcome.Decided(Features.OWN.value(), 1, 100));
    served.pod.record(FakePod.completed(DutyId.attester(7, 0), List.of(0, 1, 2)));
    served.pod.record(FakePod.completed(DutyId.attester(8, 0), List.of(0, 1, 2)));
    served.pod.record(late(3, DutyId.attester(8, 0), 0));
    served.pod.record(tooFew(DutyId.attester(9, 0)));
    served.pod.track(DutyId.attester(7, 0), Optional.of(Inclusion.INCLUDED));
    served.pod.track(DutyId.attester(8, 0), Optional.of(Inclusion.NOT_INCLUDED));
    served.pod.track(DutyId.attester(9, 0), Optional.empty());

    Map<String, Set<String>> live = new TreeMap<>();
    SAMPLE
        .matcher(text())
        .results()
        .forEach(sample ->
            live.computeIfAbsent(sample.group(1), _ -> new TreeSet<>()).addAll(labels(sample)));
    Map<String, Set<String>> page = new TreeMap<>();
    ROW.matcher(Files.readString(Path.of("..", "docs", "admin-api.md")))
        .results()
        .forEach(row -> page.put(row.group(1), words(row.group(2))));

    assertThat(live).containsExactlyInAnyOrderEntriesOf(page);
  }

  /** A row that tells that an operator's partial came so long after its duty was due. */
  private static DutyEvent late(int operator, DutyId duty, long delayMillis) {
    return new DutyEvent.Failed(
        DutyId.attester(duty.slot() + 32, 0),
        Reason.NO_QUORUM,
        List.of(),
        List.of(),
        DutyEvent.Trail.NONE,
        new DutyEvent.Aftermath(
            List.of(),
            List.of(
                new DutyEvent.LatePartial(
                    duty,
                    operator,
                    FakePod.times().attestationDueMillis(duty.slot()) + delayMillis))),
        1);
  }

  @Test
  void countsWhoseComesLateAndByHowMuch() throws Exception {
    DutyId duty = DutyId.attester(7, 0);
    served.pod.record(FakePod.completed(duty, List.of(0, 1, 2)));
    served.pod.record(late(3, duty, 1_500));
    served.pod.record(late(3, duty, 20_000));

    assertThat(text())
        .contains(
            "quorate_peer_late_partials_total{name=\"operator-3\",operator=\"3\"} 2.0",
            "quorate_peer_partial_delay_seconds_bucket{name=\"operator-3\",operator=\"3\",le=\"1.0\"} 0",
            "quorate_peer_partial_delay_seconds_bucket{name=\"operator-3\",operator=\"3\",le=\"2.0\"} 1",
            "quorate_peer_partial_delay_seconds_sum{name=\"operator-3\",operator=\"3\"} 21.5",
            "quorate_peer_partial_delay_seconds_count{name=\"operator-2\",operator=\"2\"} 1")
        .doesNotContain("late_partials_total{name=\"operator-2\"");
  }

  private static DutyEvent tooFew(DutyId duty) {
    return new DutyEvent.Failed(
        duty,
        Reason.TOO_FEW_PARTIALS,
        List.of(),
        List.of(new DutyEvent.Arrival(0, 1)),
        DutyEvent.Trail.NONE,
        DutyEvent.Aftermath.NONE,
        1);
  }

  @Test
  void countsWhomMissedDutiesLacked() throws Exception {
    served.pod.record(tooFew(DutyId.attester(7, 0)));
    served.pod.record(tooFew(DutyId.attester(8, 0)));

    assertThat(text())
        .contains(
            "quorate_peer_faults_total{name=\"operator-2\",operator=\"2\",reason=\"TOO_FEW_PARTIALS\"} 2.0",
            "quorate_peer_faults_total{name=\"operator-3\",operator=\"3\",reason=\"TOO_FEW_PARTIALS\"} 2.0")
        .doesNotContain("quorate_peer_faults_total{name=\"operator-0\"")
        .doesNotContain("quorate_peer_faults_total{name=\"operator-1\"");
  }

  @Test
  void countsWhatTheChainHas() throws Exception {
    served.pod.track(DutyId.attester(7, 0), Optional.of(Inclusion.INCLUDED));
    served.pod.track(DutyId.attester(7, 1), Optional.of(Inclusion.INCLUDED));
    served.pod.track(new DutyId(DutyType.PROPOSER, 7, 2, 0), Optional.of(Inclusion.NOT_INCLUDED));
    served.pod.track(DutyId.attester(7, 3), Optional.empty());

    assertThat(text())
        .contains(
            "quorate_duties_included_total{type=\"attester\"} 2.0",
            "quorate_duties_not_included_total{type=\"proposer\"} 1.0",
            "quorate_duties_inclusion_unknown_total{type=\"attester\"} 1.0")
        .doesNotContain("quorate_duties_not_included_total{type=\"attester\"}");
  }

  private static Set<String> labels(MatchResult sample) {
    return sample.group(2) == null
        ? Set.of()
        : Arrays.stream(sample.group(2).split(","))
            .map(label -> label.split("=", 2)[0])
            .collect(Collectors.toSet());
  }

  private static Set<String> words(String cell) {
    return Arrays.stream(cell.split(","))
        .map(String::strip)
        .filter(word -> !word.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void thePageNamesEveryImpairment() throws Exception {
    assertThat(Files.readString(Path.of("..", "docs", "admin-api.md")))
        .contains(
            Arrays.stream(Impairment.values())
                .map(one -> "| `" + one + "` | " + (one.isBlocking() ? "yes" : "no") + " |")
                .toList());
  }

  @Test
  void tellsNodesApartWhoseUrlsDifferOnlyInWhatIsNotShown() throws Exception {
    served.pod.beaconNodes =
        List.of(
            new NodeView.BeaconNode("https://hosted", "READY", 0),
            new NodeView.BeaconNode("https://hosted", "SYNCING", 0));

    assertThat(text())
        .contains(
            "quorate_beacon_node_ready{node=\"0\",url=\"https://hosted\"} 1.0",
            "quorate_beacon_node_ready{node=\"1\",url=\"https://hosted\"} 0.0");
  }

  @Test
  void countsHighRoundsTogether() throws Exception {
    served.pod.end(DutyId.attester(7, 0), FakePod.broadcast(7));
    served.pod.end(DutyId.attester(7, 1), FakePod.broadcast(8));
    served.pod.end(DutyId.attester(7, 2), FakePod.broadcast(20));

    assertThat(text())
        .contains(
            "quorate_duties_broadcast_total{round=\"7\",type=\"attester\"} 1.0",
            "quorate_duties_broadcast_total{round=\"8+\",type=\"attester\"} 2.0",
            "quorate_duty_latency_seconds_count{type=\"attester\"} 3");
  }

  @Test
  void theNumberOfSamplesDoesNotGrowWithTheNumberOfValidators() throws Exception {
    try (Served many = new Served(500)) {
      for (int validator = 0; validator < 500; validator++) {
        many.pod.end(DutyId.attester(7, validator), FakePod.broadcast(1));
      }
      served.pod.end(DutyId.attester(7, 0), FakePod.broadcast(1));
      String text = many.get("/metrics").body();

      assertThat(SAMPLE.matcher(text).results().count())
          .isEqualTo(SAMPLE.matcher(text()).results().count());
    }
  }

  @Test
  void isWhatPrometheusReads() throws Exception {
    assertThat(served.get("/metrics").contentType())
        .isEqualTo("text/plain; version=0.0.4; charset=UTF-8");
    assertThat(text())
        .contains(
            "# TYPE quorate_ready gauge\n", "\nquorate_ready 1.0\n", "\njvm_memory_used_bytes{")
        .contains("\njvm_gc_collection_seconds_count{", "\nprocess_cpu_seconds_total ");
  }
}
