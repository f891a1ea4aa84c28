/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A contribution with the proof that its author was drawn to publish it.
 *
 * @param aggregatorIndex a validator's
 * @param selectionProof the aggregator's signature over {@link #selectionRoot}, 96 bytes
 */
public record ContributionAndProof(
    long aggregatorIndex, SyncCommitteeContribution contribution, Bytes selectionProof)
    implements Message {
  public ContributionAndProof {
    Containers.requireSignature(selectionProof);
  }

  /** The root of SyncAggregatorSelectionData, which decides who aggregates. */
  public static Bytes32 selectionRoot(long slot, int subcommittee) {
    return Containers.root(
        "SyncAggregatorSelectionData",
        Fork.ALTAIR,
        Preset.MAINNET,
        JsonNodeFactory.instance
            .objectNode()
            .put("slot", Long.toString(slot))
            .put("subcommittee_index", Integer.toString(subcommittee)));
  }

  @Override
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("aggregator_index", Long.toString(aggregatorIndex))
        .<ObjectNode>set("contribution", contribution.toJson())
        .put("selection_proof", ApiJson.hex(selectionProof));
  }

  @Override
  public Bytes32 hashTreeRoot() {
    return Containers.root("ContributionAndProof", Fork.ALTAIR, contribution.preset(), toJson());
  }

  /** Empty unless {@code json} is one with every number in its range. */
  public static Optional<ContributionAndProof> ofJson(JsonNode json) {
    OptionalLong aggregator = ApiJson.number(json.path("aggregator_index"));
    Optional<Bytes> proof = ApiJson.bytes(json.path("selection_proof"), 96);
    return SyncCommitteeContribution.ofJson(json.path("contribution"))
        .filter(_ -> aggregator.isPresent() && proof.isPresent())
        .map(contribution ->
            new ContributionAndProof(aggregator.getAsLong(), contribution, proof.get()));
  }
}
