/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.MessagePool.Place;
import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.Proposal.Kind;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType.Container;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * When a block is taken (consensus-specs, p2p-interface.md, {@code beacon_block}): who proposes, on
 * what, when, and both signatures. What it holds otherwise, nobody executes.
 */
final class BlockRules implements MessagePool.Rules<PublishedBlock> {
  private final SimulatedChain chain;
  private final Fork fork;
  private final BeaconTypes types;

  BlockRules(SimulatedChain chain) {
    this.chain = chain;
    this.fork = chain.config().fork();
    this.types = new BeaconTypes(fork, Preset.MAINNET);
  }

  BeaconTypes types() {
    return types;
  }

  /** Empty if it is no published block of the kind. */
  Optional<PublishedBlock> read(Kind kind, Bytes ssz) {
    return Ssz.decode(types.container(PublishedBlock.container(fork, kind)), ssz)
        .map(value -> PublishedBlock.of(types, fork, kind, value))
        .filter(BlockRules::isInRange);
  }

  /** Empty if it is no published block of the kind. */
  Optional<PublishedBlock> read(Kind kind, JsonNode json) {
    return SszJson.read(types.container(PublishedBlock.container(fork, kind)), json)
        .map(value -> PublishedBlock.of(types, fork, kind, value))
        .filter(BlockRules::isInRange);
  }

  /** What a node answers of it. */
  JsonNode json(Proposal proposal) {
    Container type = types.container(proposal.container());
    return SszJson.write(type, Ssz.decode(type, proposal.ssz()).orElseThrow());
  }

  private static boolean isInRange(PublishedBlock block) {
    return block.slot() >= 0
        && block.slot() < SubmittedAttestation.SLOT_MAX
        && block.proposerIndex() >= 0;
  }

  /** A full one. */
  @Override
  public Optional<PublishedBlock> read(JsonNode item) {
    return read(Kind.FULL, item);
  }

  @Override
  public Place place(PublishedBlock block) {
    return new Place(block.slot(), block.proposerIndex(), 0);
  }

  @Override
  public Bytes32 root(PublishedBlock block) {
    return block.root();
  }

  @Override
  public List<Claim> claims(PublishedBlock block) {
    long epoch = chain.spec().epochOf(block.slot());
    return chain
        .keyOf(block.proposerIndex())
        .map(key ->
            List.of(
                Claim.of(
                    key,
                    chain.signingRoot(DomainType.BEACON_PROPOSER, epoch, block.root()),
                    block.signature()),
                randao(key, epoch, block.randaoReveal())))
        .orElse(List.of());
  }

  /** That the reveal is the proposer's. */
  Claim randao(Bytes key, long epoch, Bytes reveal) {
    return Claim.of(
        key, chain.signingRoot(DomainType.RANDAO, epoch, SimulatedChain.rootOf(epoch)), reveal);
  }

  @Override
  public Optional<Rejection> misfit(PublishedBlock block, long nowMillis) {
    if (chain.keyOf(block.proposerIndex()).isEmpty()) {
      return Optional.of(Rejection.UNKNOWN_VALIDATOR);
    }
    if (chain.proposerOf(block.slot()) != block.proposerIndex()) {
      return Optional.of(Rejection.NO_DUTY);
    }
    return chain.blockMisfit(block.slot(), block.parentRoot(), nowMillis);
  }

  @Override
  public Rejection known() {
    return Rejection.BLOCK_KNOWN;
  }

  /** Genesis is nobody's. */
  @Override
  public OptionalLong expected(long slot) {
    return OptionalLong.of(slot == 0 ? 0 : 1);
  }
}
