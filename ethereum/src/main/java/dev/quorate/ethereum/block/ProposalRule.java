/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.block;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.block.Proposal.Kind;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.OwnData;
import dev.quorate.ethereum.duty.Reading;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What an operator checks before it votes for a block, and what signing it means. A value is a
 * {@link Proposal}; own values are the blocks that own beacon nodes would propose.
 *
 * <p>The block builds on what an own block builds on. Its transactions, attestations and graffiti
 * are the leader's choice, and whether they are valid only beacon nodes can say: an invalid block
 * is a lost one, never a slashing. Nor are blobs checked against their commitments. A blinded block
 * pays the builder, who pays the proposer in the payload that nobody sees yet: of it the fee
 * recipient is not checked.
 *
 * @param randaoReveal 96 bytes, compressed: the group's, from the slot's randao duty
 * @param feeRecipient 20 bytes, the configured one
 */
public record ProposalRule(DutySlot at, long proposerIndex, Bytes randaoReveal, Bytes feeRecipient)
    implements DutyRule {

  /**
   * @throws IllegalArgumentException if the reveal is no signature, or the recipient no address
   */
  public ProposalRule {
    if (proposerIndex < 0 || randaoReveal.size() != 96 || feeRecipient.size() != 20) {
      throw new IllegalArgumentException(
          "proposer %s, a randao reveal of %s bytes, a fee recipient of %s"
              .formatted(
                  Long.toUnsignedString(proposerIndex), randaoReveal.size(), feeRecipient.size()));
    }
  }

  /** A block of type {@code type}, and the root that it builds on. */
  private record Block(Container type, SszValue content, Bytes32 parentRoot) {}

  @Override
  public Optional<Value> given() {
    return Optional.empty();
  }

  @Override
  public Verdict judge(Value proposed, List<Value> own) {
    List<Bytes32> parents =
        own.stream()
            .flatMap(value -> Proposal.decode(value).stream())
            .map(Proposal::parentRoot)
            .toList();
    return read(proposed)
        .judge(block -> OwnData.confirm(parents, block.parentRoot()::equals, Reason.HEADS_DIFFER));
  }

  /** A blinded block has the root of the full one. */
  @Override
  public Optional<Signable> signable(Value decided) {
    return blockRoot(decided).map(root -> at.signable(DomainType.BEACON_PROPOSER, root));
  }

  /** The root by which the chain knows the block; empty if the value is no block to sign. */
  public Optional<Bytes32> blockRoot(Value decided) {
    return read(decided).understood().map(block -> Ssz.hashTreeRoot(block.type(), block.content()));
  }

  /** A {@code BeaconBlockHeader} with the block's root; empty if the value is no block to sign. */
  public Optional<SszValue> header(Value decided) {
    return read(decided)
        .understood()
        .map(block -> {
          List<SszValue> fields = new ArrayList<>(Ssz.items(block.content()));
          SszType body = block.type().fields().getLast().type();
          Bytes32 bodyRoot = Ssz.hashTreeRoot(body, fields.removeLast());
          fields.add(new SszValue.Octets(bodyRoot.toBytes()));
          return new SszValue.Items(fields);
        });
  }

  private Reading<Block> read(Value value) {
    Optional<Proposal> decoded = Proposal.decode(value);
    if (decoded.isEmpty()) {
      return new Reading.Refused<>(Reason.MALFORMED_VALUE);
    }
    Proposal proposal = decoded.get();
    if (proposal.fork() != at.fork()) {
      return new Reading.Refused<>(Reason.WRONG_FORK);
    }
    if (proposal.slot() != at.slot()) {
      return new Reading.Refused<>(Reason.WRONG_SLOT);
    }
    if (proposal.proposerIndex() != proposerIndex) {
      return new Reading.Refused<>(Reason.WRONG_PROPOSER);
    }
    BeaconTypes types = at.types();
    Optional<Block> whole = block(types, proposal);
    if (whole.isEmpty()) {
      return new Reading.Refused<>(Reason.MALFORMED_VALUE);
    }
    Block block = whole.get();
    Container bodyType = types.container(proposal.blockContainer() + "Body");
    SszValue body = block.type().field(block.content(), "body");
    if (!Ssz.octets(bodyType.field(body, "randao_reveal")).equals(randaoReveal)) {
      return new Reading.Refused<>(Reason.WRONG_RANDAO_REVEAL);
    }
    if (proposal.kind() == Kind.FULL && proposal.fork().isAtLeast(Fork.BELLATRIX)) {
      SszValue payload = bodyType.field(body, "execution_payload");
      Container payloadType = types.container("ExecutionPayload");
      if (!Ssz.octets(payloadType.field(payload, "fee_recipient")).equals(feeRecipient)) {
        return new Reading.Refused<>(Reason.WRONG_FEE_RECIPIENT);
      }
    }
    return new Reading.Understood<>(block);
  }

  /** Empty if it is not a block of the fork, or it has not as many blobs as it commits to. */
  private static Optional<Block> block(BeaconTypes types, Proposal proposal) {
    Container type = types.container(proposal.container());
    Container blockType = types.container(proposal.blockContainer());
    return Ssz.decode(type, proposal.ssz())
        .filter(value -> !proposal.hasContents() || blobsFit(types, proposal.fork(), value))
        .map(value -> proposal.hasContents() ? type.field(value, "block") : value)
        .map(block -> new Block(blockType, block, proposal.parentRoot()));
  }

  private static boolean blobsFit(BeaconTypes types, Fork fork, SszValue contents) {
    Container type = types.container("BlockContents");
    SszValue body = types.container("BeaconBlock").field(type.field(contents, "block"), "body");
    int commitments =
        Ssz.items(types.container("BeaconBlockBody").field(body, "blob_kzg_commitments")).size();
    int proofs = fork.isAtLeast(Fork.FULU) ? BeaconTypes.CELLS_PER_BLOB : 1;
    return Ssz.items(type.field(contents, "blobs")).size() == commitments
        && Ssz.items(type.field(contents, "kzg_proofs")).size() == commitments * proofs;
  }
}
