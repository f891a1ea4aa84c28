/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.block.Proposal.Kind;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;

/**
 * What is judged of a block that was published, full or blinded.
 *
 * @param root of the block; blinded or full, it has the same
 * @param randaoReveal 96 bytes
 * @param graffiti 32 bytes
 * @param feeRecipient 20 bytes: of a blinded block who the builder pays
 * @param signature 96 bytes
 */
public record PublishedBlock(
    long slot,
    long proposerIndex,
    Bytes32 parentRoot,
    Bytes32 root,
    Bytes randaoReveal,
    Bytes graffiti,
    Bytes feeRecipient,
    Bytes signature) {

  /** The name of the container in which blocks of a kind are published. */
  static String container(Fork fork, Kind kind) {
    return switch (kind) {
      case BLINDED -> "SignedBlindedBeaconBlock";
      case FULL -> fork.isAtLeast(Fork.DENEB) ? "SignedBlockContents" : "SignedBeaconBlock";
    };
  }

  /**
   * @param published a value of {@link #container}
   */
  static PublishedBlock of(BeaconTypes types, Fork fork, Kind kind, SszValue published) {
    String block =
        switch (kind) {
          case BLINDED -> "BlindedBeaconBlock";
          case FULL -> "BeaconBlock";
        };
    String payload =
        switch (kind) {
          case BLINDED -> "execution_payload_header";
          case FULL -> "execution_payload";
        };
    Container outer = types.container(container(fork, kind));
    SszValue signed =
        kind == Kind.FULL && fork.isAtLeast(Fork.DENEB)
            ? outer.field(published, "signed_block")
            : published;
    Container signedType = types.container("Signed" + block);
    Container blockType = types.container(block);
    Container bodyType = types.container(block + "Body");
    Container payloadType =
        types.container(
            switch (kind) {
              case BLINDED -> "ExecutionPayloadHeader";
              case FULL -> "ExecutionPayload";
            });
    SszValue message = signedType.field(signed, "message");
    SszValue body = blockType.field(message, "body");
    return new PublishedBlock(
        // Of a number beyond every slot the low bits, which are the slot of no duty either.
        Ssz.number(blockType.field(message, "slot")).longValue(),
        Ssz.number(blockType.field(message, "proposer_index")).longValue(),
        Bytes32.of(Ssz.octets(blockType.field(message, "parent_root")).toArray()),
        Ssz.hashTreeRoot(blockType, message),
        Ssz.octets(bodyType.field(body, "randao_reveal")),
        Ssz.octets(bodyType.field(body, "graffiti")),
        Ssz.octets(payloadType.field(bodyType.field(body, payload), "fee_recipient")),
        Ssz.octets(signedType.field(signed, "signature")));
  }
}
