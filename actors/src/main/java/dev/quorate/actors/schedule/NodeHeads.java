/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.schedule;

import dev.quorate.beacon.client.HeadEvent;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.chain.ChainSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** What own beacon nodes' latest heads say of the roots that rosters depend on. */
final class NodeHeads {
  /** A node may make us resolve a roster again so often in a slot, whatever its events say. */
  static final int RESOLVES_PER_SLOT_NODE_AND_ROSTER_MAX = 1;

  private final ChainSpec spec;
  private final int nodes;
  private final Map<Integer, HeadEvent> heads = new HashMap<>();
  private final Map<Claim, Integer> heeded = new HashMap<>();

  /** That a roster hangs on another root, says a node. */
  private record Claim(int node, Rosters.Key key) {}

  /**
   * @param nodes how many own nodes there are
   */
  NodeHeads(ChainSpec spec, int nodes) {
    this.spec = spec;
    this.nodes = nodes;
  }

  void put(int node, HeadEvent head) {
    heads.put(node, head);
  }

  void onSlot() {
    heeded.clear();
  }

  /** Whether the node's latest head has a roster depend on another root than this one. */
  boolean differs(int node, Rosters.Key key, Bytes32 root) {
    HeadEvent head = heads.get(node);
    return head != null
        && key.kind()
            .dependentRoot(head, key.epoch(), spec)
            .filter(other -> !other.equals(root))
            .isPresent();
  }

  /**
   * Whether the node's latest head is a reason to ask for a roster that depends on {@code root}
   * again. Heads repeat the roots that they depend on, so one that is passed over here is heard
   * again in the next slot.
   */
  boolean isToHeed(int node, Rosters.Key key, Bytes32 root) {
    return differs(node, key, root)
        && heeded.merge(new Claim(node, key), 1, Integer::sum)
            <= RESOLVES_PER_SLOT_NODE_AND_ROSTER_MAX;
  }

  /**
   * Those whose heads agree on the root that a roster depends on, if they are more than half of all
   * our nodes: a single one that lies or is stuck does not outvote them.
   */
  Set<Integer> majority(Rosters.Key key) {
    Map<Bytes32, Set<Integer>> nodesByRoot = new HashMap<>();
    heads.forEach((node, head) ->
        key.kind()
            .dependentRoot(head, key.epoch(), spec)
            .ifPresent(root -> nodesByRoot.computeIfAbsent(root, _ -> new HashSet<>()).add(node)));
    return nodesByRoot.values().stream()
        .filter(agreeing -> 2 * agreeing.size() > nodes)
        .findFirst()
        .orElse(Set.of());
  }
}
