/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import dev.quorate.http.view.ImpairmentView;
import dev.quorate.http.view.NodeView;
import dev.quorate.node.process.Table;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;

/** {@code status}: what a pod is and how it fares. */
@Command(
    name = "status",
    description = "Shows what a running pod is and how it fares.",
    footer = {"", "Exit status: 0 if the pod is ready, 1 if it is not or does not answer."},
    sortOptions = false)
public final class StatusCommand implements Callable<Integer> {
  private static final int HASH_CHARS = 10;

  @Mixin private ApiOptions api = new ApiOptions();

  @Override
  public Integer call() throws InterruptedException {
    NodeView node = api.show("/v1/node", NodeView.class, StatusCommand::text);
    return node.ready() ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private static String text(NodeView node) {
    NodeView.Cluster cluster = node.cluster();
    NodeView.Duties duties = node.duties();
    Table facts =
        new Table("operator", name(node))
            .row("cluster", cluster.name() + ", " + cluster.hash().substring(0, HASH_CHARS))
            .row(
                "quorum",
                "%d of %d vote, %d sign"
                    .formatted(cluster.quorum(), cluster.operators(), cluster.threshold()))
            .row("validators", "all " + cluster.validators())
            .row("chain", "slot " + node.chain().slot() + ", epoch " + node.chain().epoch())
            .row("features", features(node))
            .row("clock", clock(node.clock()))
            .row("broadcast", duties.broadcast() + " duties" + rounds(duties.roundsHistogram()))
            .row("missed", missed(duties))
            .row("diverged", duties.diverged() + " duties");
    for (NodeView.BeaconNode beacon : node.beaconNodes()) {
      facts.row("beacon node", beacon.url() + ", " + beacon.state());
    }
    facts.row("state", node.ready() ? "ready" : "NOT READY");
    for (ImpairmentView one : node.impairments()) {
      facts.row(one.blocking() ? "blocked by" : "beware", one.reason() + ": " + one.message());
    }
    return facts.toString();
  }

  private static String name(NodeView node) {
    return "%s (%d of %d), %s, Quorate %s"
        .formatted(
            node.operator().name(),
            node.operator().position() + 1,
            node.cluster().operators(),
            node.pod(),
            node.release());
  }

  private static String features(NodeView node) {
    return node.features()
        .map(agreed ->
            "%s, agreed in epoch %d".formatted(String.join(", ", agreed.names()), agreed.epoch()))
        .orElse("not known");
  }

  private static String clock(NodeView.Clock clock) {
    return clock.recentStepMillis().isPresent()
        ? "was set by " + clock.recentStepMillis().getAsLong() + " ms"
        : "steady";
  }

  private static String rounds(Map<Integer, Long> histogram) {
    return histogram.entrySet().stream()
        .map(round -> "round " + round.getKey() + ": " + round.getValue())
        .collect(
            Collectors.joining(
                ", ", histogram.isEmpty() ? "" : " (", histogram.isEmpty() ? "" : ")"));
  }

  private static String missed(NodeView.Duties duties) {
    return duties.missed().isEmpty()
        ? "none"
        : duties.missed().entrySet().stream()
            .map(reason -> reason.getValue() + " " + reason.getKey())
            .collect(Collectors.joining(", "));
  }
}
