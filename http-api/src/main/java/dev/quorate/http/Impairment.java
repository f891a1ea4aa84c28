/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.http.view.ImpairmentView;
import dev.quorate.http.view.NodeView;
import java.util.ArrayList;
import java.util.List;

/**
 * What may be wrong with a pod. A blocking one makes it not ready: it cannot do duties, or must not
 * be trusted to. The others are worth an operator's attention.
 */
enum Impairment {
  /** With this pod fewer operators are linked than make a quorum. */
  LINKS_BELOW_QUORUM,
  /** The link to an operator is down. */
  LINK_DOWN,
  /** Validators' entities are not up. */
  VALIDATORS_DOWN,
  /** The wall clock was set: slots may be done twice or not at all. */
  CLOCK_SET,
  /** Another process does the same duties on the same database. */
  RIVAL,
  DATABASE_UNREACHABLE,
  /** The database may have forgotten what was signed: nothing of that time is signed. */
  QUARANTINED,
  /** The remote signer does not say that it is up: nothing can be signed. */
  REMOTE_SIGNER_DOWN,
  /** No beacon node says that duties may be done with what it says. */
  NO_BEACON_NODE_READY,
  /** A beacon node does not, or does not answer. */
  BEACON_NODE_NOT_READY;

  /** One failure may be an accident. */
  private static final int FAILURES_UNTIL_TOLD = 2;

  boolean isBlocking() {
    return switch (this) {
      case LINKS_BELOW_QUORUM,
          VALIDATORS_DOWN,
          CLOCK_SET,
          DATABASE_UNREACHABLE,
          QUARANTINED,
          REMOTE_SIGNER_DOWN,
          NO_BEACON_NODE_READY ->
          true;
      case LINK_DOWN, RIVAL, BEACON_NODE_NOT_READY -> false;
    };
  }

  private ImpairmentView because(String message) {
    return new ImpairmentView(name(), isBlocking(), message);
  }

  /** All that is wrong with the pod, but for its database. */
  static List<ImpairmentView> of(PodView pod) {
    List<ImpairmentView> found = new ArrayList<>();
    links(pod, found);
    int down = pod.facts().keys().size() - pod.up().size();
    if (down > 0) {
      found.add(
          VALIDATORS_DOWN.because(
              down + " of " + pod.facts().keys().size() + " validators are not up"));
    }
    pod.clock()
        .recentStepMillis()
        .ifPresent(step -> found.add(CLOCK_SET.because("the clock was set by " + step + " ms")));
    pod.rivalSlot()
        .ifPresent(slot ->
            found.add(
                RIVAL.because(
                    "another process does the same duties on the same database, last in slot "
                        + slot)));
    quarantine(pod, found);
    pod.signerAilment().ifPresent(ailment -> found.add(REMOTE_SIGNER_DOWN.because(ailment)));
    beaconNodes(pod.beaconNodes(), found);
    return found;
  }

  private static void quarantine(PodView pod, List<ImpairmentView> found) {
    SlotTimes times = pod.facts().times();
    long epoch = times.spec().epochOf(Math.max(0, times.slotAt(pod.nowMillis())));
    if (pod.isSealed()) {
      found.add(
          QUARANTINED.because(
              "nobody knows yet whether the database holds all that was signed: nothing is signed"));
    } else if (pod.quarantine().filter(held -> held.isCurrent(epoch)).isPresent()) {
      found.add(
          QUARANTINED.because(
              "the database may have forgotten what was signed: attestations are refused up to"
                  + " target epoch "
                  + pod.quarantine().get().epoch()));
    }
  }

  static ImpairmentView ofDatabase() {
    return DATABASE_UNREACHABLE.because("the database does not answer");
  }

  private static void links(PodView pod, List<ImpairmentView> found) {
    PodView.Facts facts = pod.facts();
    int linked = pod.reachable().size() + 1;
    if (linked < facts.quorum()) {
      found.add(
          LINKS_BELOW_QUORUM.because(
              linked + " operators are linked, this one included; a quorum is " + facts.quorum()));
    }
    for (int operator = 0; operator < facts.operators().size(); operator++) {
      if (operator != facts.position() && !pod.reachable().contains(operator)) {
        PodView.OperatorFacts peer = facts.operators().get(operator);
        found.add(LINK_DOWN.because("no link to " + peer.name() + " at " + peer.address()));
      }
    }
  }

  private static void beaconNodes(List<NodeView.BeaconNode> nodes, List<ImpairmentView> found) {
    List<NodeView.BeaconNode> bad =
        nodes.stream()
            .filter(node -> !node.isReady() || node.failuresInARow() >= FAILURES_UNTIL_TOLD)
            .toList();
    if (bad.size() == nodes.size()) {
      found.add(NO_BEACON_NODE_READY.because("none of " + nodes.size() + " beacon nodes is ready"));
    }
    for (NodeView.BeaconNode node : bad) {
      String what =
          node.failuresInARow() >= FAILURES_UNTIL_TOLD
              ? " failed " + node.failuresInARow() + " times in a row"
              : " is " + node.state();
      found.add(BEACON_NODE_NOT_READY.because(node.url() + what));
    }
  }
}
