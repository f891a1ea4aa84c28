/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Four operators and sixteen validators. A signature is SHA-512(sender | tag | content): like the
 * real one in size and determinism, and reproducible with any other tool.
 */
final class Operators {
  static final Bytes32 CLUSTER_HASH = Bytes32.fromHex("cc".repeat(32));
  static final WireCluster CLUSTER =
      new WireCluster(
          CLUSTER_HASH,
          4,
          16,
          (operator, content, signature) -> signer(operator).sign(content).equals(signature));
  static final DutyId DUTY = DutyId.attester(123_456, 7);
  static final DutyId OTHER_DUTY = DutyId.attester(123_456, 8);
  static final Bytes32 HASH = Bytes32.fromHex("aa".repeat(32));
  static final Value VALUE = new Value(Bytes.fromHex("010203"));

  private Operators() {}

  static BatchSigner signer(int operator) {
    return content -> {
      MessageDigest digest = sha512();
      digest.update((byte) operator);
      digest.update(BatchSigner.DOMAIN_TAG.getBytes(StandardCharsets.US_ASCII));
      return Bytes.wrap(digest.digest(content));
    };
  }

  static FrameEncoder encoder(int operator) {
    return new FrameEncoder(CLUSTER, operator, signer(operator), new VerifiedBatches(4));
  }

  static FrameDecoder decoder() {
    return new FrameDecoder(CLUSTER, new VerifiedBatches(4), _ -> Optional.empty());
  }

  static Outgoing.Cast bare(Vote vote) {
    return new Outgoing.Cast(vote, List.of(), Optional.empty());
  }

  /** The votes as one batch of their sender's, with their proofs. */
  static List<SignedVote> signed(Vote... votes) {
    return encoder(votes[0].sender())
        .encode(Arrays.stream(votes).<Outgoing>map(Operators::bare).toList())
        .own()
        .stream()
        .map(cast -> cast.signed())
        .toList();
  }

  static InclusionProof proof(SignedVote vote) {
    return (InclusionProof) vote.proof();
  }

  private static MessageDigest sha512() {
    try {
      return MessageDigest.getInstance("SHA-512");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
