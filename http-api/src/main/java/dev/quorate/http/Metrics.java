/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.http.view.NodeView;
import dev.quorate.http.view.PeersView;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmGarbageCollectorMetrics;
import io.prometheus.metrics.instrumentation.jvm.JvmMemoryMetrics;
import io.prometheus.metrics.instrumentation.jvm.ProcessMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The figures of a pod in Prometheus' text format; docs/admin-api.md says what each means. Labels
 * are operators, reasons, types and rounds, never validators: their number is bounded by the
 * cluster, not by its keys.
 */
final class Metrics implements DutyFigures.Listener {
  static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  /** Rounds from this one on are counted together. */
  static final int ROUND_MAX = 8;

  private static final double MILLIS_PER_SECOND = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;

  private static final double[] LATENCY_SECONDS = {
    0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 24, 48
  };

  /** Fewer: there is one of them for each operator. */
  private static final double[] DELAY_SECONDS = {0.1, 0.25, 0.5, 1, 2, 4, 8, 16};

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final PrometheusTextFormatWriter writer = PrometheusTextFormatWriter.create();
  private final PodView pod;
  private final Counter broadcast =
      counter("duties_broadcast", "Duties whose signature a beacon node took.", "type", "round");
  private final Counter decided =
      counter("duties_decided", "Duties that ended with what was decided.", "type", "round");
  private final Counter missed =
      counter(
          "duties_missed",
          "Duties that ended without a broadcast, or without a decision.",
          "type",
          "reason");
  private final Counter included =
      counter("duties_included", "Broadcast duties that the chain has.", "type");
  private final Counter notIncluded =
      counter("duties_not_included", "Broadcast duties that the chain lacks.", "type");
  private final Counter inclusionUnknown =
      counter(
          "duties_inclusion_unknown",
          "Broadcast duties of which no beacon node told whether the chain has them.",
          "type");
  private final Counter faults =
      counter(
          "peer_faults",
          "Missed duties that lacked the operator: its partial signature, or its proposal.",
          "operator",
          "name",
          "reason");
  private final Counter journalRows =
      counter("journal_rows", "Rows of the journal that were written.", "kind");
  private final Histogram latency =
      Histogram.builder()
          .name("quorate_duty_latency_seconds")
          .help("From a duty's begin to its end: the answer of the beacon node, or the decision.")
          .labelNames("type")
          .classicOnly()
          .classicUpperBounds(LATENCY_SECONDS)
          .register(registry);

  private final Histogram delay =
      Histogram.builder()
          .name("quorate_peer_partial_delay_seconds")
          .help("From when a duty was due to when the operator's partial signature came.")
          .labelNames("operator", "name")
          .classicOnly()
          .classicUpperBounds(DELAY_SECONDS)
          .register(registry);
  private final Counter late =
      counter(
          "peer_late_partials",
          "Partial signatures that came when the group's was durable already.",
          "operator",
          "name");

  Metrics(PodView pod, DutyRecords records, DatabaseProbe database) {
    this.pod = pod;
    ofNode(database);
    ofPeers(records);
    ofTallies();
    JvmMemoryMetrics.builder().register(registry);
    JvmGarbageCollectorMetrics.builder().register(registry);
    ProcessMetrics.builder().register(registry);
  }

  @Override
  public void ended(DutyId duty, DutyOutcome outcome) {
    String type = DutyRecords.typeOf(duty);
    switch (outcome) {
      case DutyOutcome.Broadcast done -> {
        broadcast.labelValues(type, label(done.round())).inc();
        latency.labelValues(type).observe(done.latencyMillis() / MILLIS_PER_SECOND);
      }
      case DutyOutcome.Decided done -> {
        decided.labelValues(type, label(done.round())).inc();
        latency.labelValues(type).observe(done.latencyMillis() / MILLIS_PER_SECOND);
      }
      case DutyOutcome.Missed missing -> missed.labelValues(type, missing.reason().name()).inc();
    }
  }

  @Override
  public void recorded(DutyEvent event) {
    journalRows
        .labelValues(
            switch (event) {
              case DutyEvent.Intended _ -> "intent";
              case DutyEvent.Shared _ -> "share";
              case DutyEvent.Completed _ -> "completion";
              case DutyEvent.Decided _ -> "decision";
              case DutyEvent.Failed _ -> "failure";
            })
        .inc();
    DutyRecords.Arrived.toldBy(event).forEach(this::count);
    if (event instanceof DutyEvent.Failed failed) {
      pod.facts()
          .atFault()
          .of(failed)
          .forEach(operator ->
              faults
                  .labelValues(Integer.toString(operator), name(operator), failed.reason().name())
                  .inc());
    }
  }

  private void count(DutyRecords.Arrived came) {
    String[] labels = {Integer.toString(came.operator()), name(came.operator())};
    delay.labelValues(labels).observe(came.delayMillis(pod.facts().times()) / MILLIS_PER_SECOND);
    if (came.isLate()) {
      late.labelValues(labels).inc();
    }
  }

  @Override
  public void tracked(DutyId duty, Optional<Inclusion> inclusion) {
    inclusion
        .map(known ->
            switch (known) {
              case INCLUDED -> included;
              case NOT_INCLUDED -> notIncluded;
            })
        .orElse(inclusionUnknown)
        .labelValues(DutyRecords.typeOf(duty))
        .inc();
  }

  private static String label(int round) {
    return round < ROUND_MAX ? Integer.toString(round) : ROUND_MAX + "+";
  }

  /** All of them as they are now. */
  String text() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      writer.write(text, registry.scrape(), EscapingScheme.DEFAULT);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text.toString(StandardCharsets.UTF_8);
  }

  private void ofNode(DatabaseProbe database) {
    PodView.Facts facts = pod.facts();
    Info.builder()
        .name("quorate_pod_info")
        .help("Always 1: which software, cluster, operator and pod this is.")
        .labelNames("release", "cluster", "operator", "pod")
        .register(registry)
        .setLabelValues(
            facts.release(),
            facts.cluster(),
            facts.operators().get(facts.position()).name(),
            facts.pod());
    gauge(
        "ready",
        "Whether the pod can do its duties.",
        () -> flag(Answers.readiness(pod, database).ready()));
    gauge(
        "database_reachable",
        "Whether the database answered when last asked.",
        () -> flag(database.wasReachable()));
    gauge(
        "sealed",
        "Whether nothing is signed because nobody knows yet what was.",
        () -> flag(pod.isSealed()));
    gauge(
        "quarantine_epoch",
        "Up to this target epoch attestations are refused, since the database may have forgotten"
            + " some; -1 if there never was a quarantine.",
        () -> pod.quarantine().map(Quarantine::epoch).orElse(-1L));
    gauge(
        "slot",
        "The running slot, by the pod's clock.",
        () -> facts.times().slotAt(pod.nowMillis()));
    gauge("validators", "Validators of the cluster.", () -> facts.keys().size());
    gauge("validators_up", "Validators whose entity is up in any pod.", () -> pod.up().size());
    gauge("validators_here", "Validators whose entity is up in this pod.", pod::upHere);
    CounterWithCallback.builder()
        .name("quorate_clock_steps")
        .help("How often the wall clock was set.")
        .callback(counter -> counter.call((double) pod.clock().steps()))
        .register(registry);
    GaugeWithCallback.builder()
        .name("quorate_beacon_node_ready")
        .help("Whether duties may be done with what the beacon node says.")
        // What is shown of two nodes' URLs may be the same.
        .labelNames("node", "url")
        .callback(gauge -> {
          List<NodeView.BeaconNode> nodes = pod.beaconNodes();
          for (int node = 0; node < nodes.size(); node++) {
            gauge.call(
                flag(nodes.get(node).isReady()), Integer.toString(node), nodes.get(node).url());
          }
        })
        .register(registry);
  }

  private void ofPeers(DutyRecords records) {
    peerGauge(
        "peer_linked",
        "Whether the link to the operator is up.",
        operator -> flag(pod.reachable().contains(operator)));
    peerGauge(
        "peer_round_trip_seconds",
        "Of the last probe; absent without a link.",
        operator ->
            pod.vitals(operator)
                .map(vitals -> vitals.roundTrip().toNanos() / NANOS_PER_SECOND)
                .orElse(Double.NaN));
    peerGauge(
        "peer_clock_offset_seconds",
        "How far the operator's clock is ahead of the own one; absent without a link.",
        operator ->
            pod.vitals(operator)
                .map(vitals -> vitals.clockOffsetMillis() / MILLIS_PER_SECOND)
                .orElse(Double.NaN));
    peerGauge(
        "peer_participation_ratio",
        "Part of the recently completed duties that the operator's partial signature came for.",
        operator -> ratio(records.participation(operator)));
    peerCounter("peer_frames_sent", "Frames sent.", PeerCounters.Counts::framesSent);
    peerCounter("peer_bytes_sent", "Bytes sent, as plain text.", PeerCounters.Counts::bytesSent);
    peerCounter("peer_frames_received", "Frames received.", PeerCounters.Counts::framesReceived);
    peerCounter(
        "peer_bytes_received",
        "Bytes received, as plain text.",
        PeerCounters.Counts::bytesReceived);
    peerCounter(
        "peer_frames_dropped",
        "Frames not sent, because the link was down or its queue full.",
        PeerCounters.Counts::framesDropped);
    peerCounter("peer_links_opened", "Links opened.", PeerCounters.Counts::linksOpened);
    CounterWithCallback.builder()
        .name("quorate_peer_refusals")
        .help("Messages, frames and connections that were refused.")
        .labelNames("operator", "name", "reason")
        .callback(counter -> {
          peers().forEach(operator -> call(counter, operator, name(operator)));
          call(counter, PeerCounters.NOBODY, "");
        })
        .register(registry);
  }

  private void call(CounterWithCallback.Callback counter, int operator, String name) {
    pod.counts(operator)
        .refusals()
        .forEach((reason, count) ->
            counter.call(count, Integer.toString(operator), name, reason.name()));
  }

  private void ofTallies() {
    tally(
        "duties_diverged",
        "Duties that decided another value than most of the same slot.",
        PodView.Tallies::diverged);
    tally("accusations", "Operators that voted twice in a duty.", PodView.Tallies::accusations);
    tally(
        "signatures_made", "Signatures over batches of messages.", PodView.Tallies::signaturesMade);
    tally(
        "signatures_verified",
        "Signatures of operators over batches of messages that were checked.",
        PodView.Tallies::signaturesVerified);
    tally(
        "pairing_checks",
        "Checks of aggregated or partial signatures, many at a time.",
        PodView.Tallies::pairingChecks);
    tally("hand_overs", "Moves of validators between pods.", PodView.Tallies::moves);
    tally("guard_granted", "Signatures that the guard granted.", PodView.Tallies::granted);
    byReason(
        "fence_refused",
        "Duties in which this pod was not given the right to vote.",
        tallies -> tallies.fenced());
    byReason("guard_refused", "Signatures that the guard refused.", tallies -> tallies.refused());
    byReason(
        "remote_signer_failures",
        "Requests that the remote signer did not answer with a partial signature.",
        tallies -> tallies.signerFailures());
    byReason(
        "validator_client_refusals",
        "What the validator client handed in and was not taken, or asked for and was not given.",
        tallies -> tallies.clientRefusals());
    byReason(
        "messages_discarded",
        "Messages of duties that were not believed.",
        tallies -> tallies.discarded());
  }

  // ---- short forms

  private Counter counter(String name, String help, String... labels) {
    return Counter.builder()
        .name("quorate_" + name)
        .help(help)
        .labelNames(labels)
        .register(registry);
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name("quorate_" + name)
        .help(help)
        .callback(gauge -> gauge.call(value.getAsDouble()))
        .register(registry);
  }

  private void tally(String name, String help, ToDoubleFunction<PodView.Tallies> value) {
    CounterWithCallback.builder()
        .name("quorate_" + name)
        .help(help)
        .callback(counter -> counter.call(value.applyAsDouble(pod.tallies())))
        .register(registry);
  }

  private void byReason(
      String name, String help, Function<PodView.Tallies, Map<? extends Enum<?>, Long>> values) {
    CounterWithCallback.builder()
        .name("quorate_" + name)
        .help(help)
        .labelNames("reason")
        .callback(counter ->
            values
                .apply(pod.tallies())
                .forEach((reason, count) -> counter.call(count, reason.name())))
        .register(registry);
  }

  /**
   * @param value NaN if there is none
   */
  private void peerGauge(String name, String help, IntToDoubleFunction value) {
    GaugeWithCallback.builder()
        .name("quorate_" + name)
        .help(help)
        .labelNames("operator", "name")
        .callback(gauge ->
            peers()
                .filter(operator -> !Double.isNaN(value.applyAsDouble(operator)))
                .forEach(operator ->
                    gauge.call(
                        value.applyAsDouble(operator), Integer.toString(operator), name(operator))))
        .register(registry);
  }

  private void peerCounter(String name, String help, ToDoubleFunction<PeerCounters.Counts> value) {
    CounterWithCallback.builder()
        .name("quorate_" + name)
        .help(help)
        .labelNames("operator", "name")
        .callback(counter ->
            peers()
                .forEach(operator ->
                    counter.call(
                        value.applyAsDouble(pod.counts(operator)),
                        Integer.toString(operator),
                        name(operator))))
        .register(registry);
  }

  private IntStream peers() {
    PodView.Facts facts = pod.facts();
    return IntStream.range(0, facts.operators().size())
        .filter(operator -> operator != facts.position());
  }

  private String name(int operator) {
    return pod.facts().operators().get(operator).name();
  }

  private static double flag(boolean value) {
    return value ? 1 : 0;
  }

  private static double ratio(PeersView.Participation participation) {
    return participation.duties() == 0
        ? Double.NaN
        : (double) participation.partials() / participation.duties();
  }
}
