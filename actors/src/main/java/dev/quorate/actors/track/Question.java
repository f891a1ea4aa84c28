/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.track;

import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.inclusion.Inclusion;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;

/** What the beacon nodes are asked once, for all duties of which the answer tells. */
sealed interface Question {
  /** The first slot in which the answer is worth asking for. */
  long fromSlot(ChainSpec spec);

  /**
   * @return by validator index; of whom the answer does not tell is absent
   */
  CompletionStage<Map<Long, Inclusion>> ask(BeaconNodes nodes, List<Asked> about);

  /**
   * @param key of the group, 48 bytes
   */
  record Asked(long validatorIndex, Bytes key) {}

  private static List<Long> indices(List<Asked> about) {
    return about.stream().map(Asked::validatorIndex).toList();
  }

  record OfAttestations(long epoch) implements Question {
    /** Blocks of the next epoch may still include them. */
    @Override
    public long fromSlot(ChainSpec spec) {
      return spec.firstSlotOf(epoch + 2);
    }

    @Override
    public CompletionStage<Map<Long, Inclusion>> ask(BeaconNodes nodes, List<Asked> about) {
      return nodes.attestationInclusion(epoch, indices(about));
    }
  }

  record OfSyncMessages(long slot) implements Question {
    /** Behind the next slot, whose block has them; that may still give way to another. */
    private static final int SETTLED_SLOTS = 3;

    @Override
    public long fromSlot(ChainSpec spec) {
      return slot + 1 + SETTLED_SLOTS;
    }

    @Override
    public CompletionStage<Map<Long, Inclusion>> ask(BeaconNodes nodes, List<Asked> about) {
      return nodes.syncInclusion(slot, indices(about));
    }
  }

  /**
   * @param root of the block that was published
   */
  record OfBlock(long slot, Bytes32 root) implements Question {
    @Override
    public long fromSlot(ChainSpec spec) {
      return slot + spec.slotsPerEpoch();
    }

    @Override
    public CompletionStage<Map<Long, Inclusion>> ask(BeaconNodes nodes, List<Asked> about) {
      return nodes
          .blockRoot(slot)
          .thenApply(canonical ->
              about.stream()
                  .collect(
                      Collectors.toMap(
                          Asked::validatorIndex, _ -> Inclusion.ofBlock(root, canonical))));
    }
  }

  /**
   * @param epoch in which they were broadcast
   */
  record OfExits(long epoch) implements Question {
    @Override
    public long fromSlot(ChainSpec spec) {
      return spec.firstSlotOf(epoch + 2);
    }

    @Override
    public CompletionStage<Map<Long, Inclusion>> ask(BeaconNodes nodes, List<Asked> about) {
      return nodes.exitInclusion(about.stream().map(Asked::key).toList());
    }
  }
}
