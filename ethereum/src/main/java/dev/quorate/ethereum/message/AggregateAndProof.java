/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.message;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * An aggregate with the proof that its author was drawn to publish it.
 *
 * @param aggregatorIndex a validator's
 * @param selectionProof the aggregator's signature over the slot, 96 bytes
 */
public record AggregateAndProof(
    long aggregatorIndex, AggregateAttestation aggregate, Bytes selectionProof) implements Message {
  public AggregateAndProof {
    Containers.requireSignature(selectionProof);
  }

  @Override
  public ObjectNode toJson() {
    return JsonNodeFactory.instance
        .objectNode()
        .put("aggregator_index", Long.toString(aggregatorIndex))
        .<ObjectNode>set("aggregate", aggregate.toJson())
        .put("selection_proof", ApiJson.hex(selectionProof));
  }

  @Override
  public Bytes32 hashTreeRoot() {
    return Containers.root("AggregateAndProof", aggregate.fork(), aggregate.preset(), toJson());
  }

  /** Empty unless {@code json} is one as {@code fork} has it. */
  public static Optional<AggregateAndProof> ofJson(JsonNode json, Fork fork) {
    OptionalLong aggregator = ApiJson.number(json.path("aggregator_index"));
    Optional<Bytes> proof = ApiJson.bytes(json.path("selection_proof"), 96);
    return AggregateAttestation.ofJson(json.path("aggregate"), fork)
        .filter(_ -> aggregator.isPresent() && proof.isPresent())
        .map(aggregate -> new AggregateAndProof(aggregator.getAsLong(), aggregate, proof.get()));
  }
}
