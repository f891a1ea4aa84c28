/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.block;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.LittleEndian;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import java.util.Optional;

/**
 * A block as it is published, with its blobs if it has any.
 *
 * @param signature 96 bytes, compressed: the group's
 */
public record SignedProposal(Proposal proposal, Bytes signature) {
  /** A signed block: the offset of the message, and the signature. */
  private static final int SIGNED_FIXED_SIZE = SszType.OFFSET_SIZE + 96;

  public SignedProposal {
    if (signature.size() != 96) {
      throw new IllegalArgumentException("a signature of " + signature.size() + " bytes");
    }
  }

  /** The name of its container. */
  public String container() {
    return "Signed" + proposal.container();
  }

  /**
   * The SSZ of {@link #container}, spliced from the proposal's, which is not decoded: about as much
   * work as a copy.
   */
  public Bytes ssz() {
    Bytes unsigned = proposal.ssz();
    int from = proposal.hasContents() ? Proposal.CONTENTS_FIXED_SIZE : 0;
    byte[] ssz = new byte[unsigned.size() + SIGNED_FIXED_SIZE];
    unsigned.slice(0, from).copyTo(ssz, 0);
    for (int offset = SszType.OFFSET_SIZE; offset < from; offset += SszType.OFFSET_SIZE) {
      // Behind the block, which has grown.
      LittleEndian.putInt(ssz, offset, (int) LittleEndian.getInt(ssz, offset) + SIGNED_FIXED_SIZE);
    }
    LittleEndian.putInt(ssz, from, SIGNED_FIXED_SIZE);
    signature.copyTo(ssz, from + SszType.OFFSET_SIZE);
    unsigned.slice(from, unsigned.size()).copyTo(ssz, from + SIGNED_FIXED_SIZE);
    return Bytes.wrap(ssz);
  }

  /**
   * @param types of the proposal's fork
   * @return empty if the proposal is no block of the fork
   */
  public Optional<JsonNode> toJson(BeaconTypes types) {
    Container container = types.container(container());
    return Ssz.decode(container, ssz()).map(value -> SszJson.write(container, value));
  }
}
