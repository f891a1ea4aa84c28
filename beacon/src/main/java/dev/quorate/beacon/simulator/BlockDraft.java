/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.Proposal.Kind;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszType.Field;
import dev.quorate.ethereum.ssz.SszValue;
import java.math.BigInteger;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * A block that a simulated node would propose: every field has its place and size, and what nobody
 * here looks at is zero.
 *
 * @param parentRoot of what it builds on
 * @param randaoReveal 96 bytes
 * @param feeRecipient 20 bytes
 * @param bytes about as many it is to have, with its blobs
 */
record BlockDraft(
    long slot,
    long proposerIndex,
    Bytes32 parentRoot,
    Bytes randaoReveal,
    Bytes32 graffiti,
    Bytes feeRecipient,
    int bytes) {
  /** What mainnet takes since electra. */
  private static final int BLOBS_MAX = 9;

  private static final int BLOB_BYTES = 131_072;

  /** A signature of nobody, compressed: the point at infinity. */
  private static final Bytes NO_SIGNATURE = Bytes.fromHex("c0" + "00".repeat(95));

  /**
   * @param kind blinded from bellatrix on
   */
  Proposal proposal(BeaconTypes types, Fork fork, Kind kind) {
    int blobs = fork.isAtLeast(Fork.DENEB) ? Math.min(BLOBS_MAX, bytes / 2 / BLOB_BYTES) : 0;
    SszValue block =
        switch (kind) {
          case FULL -> block(types, "", "execution_payload", payload(types, blobs), blobs);
          case BLINDED ->
              block(types, "Blinded", "execution_payload_header", header(types, blobs), blobs);
        };
    boolean hasContents = kind == Kind.FULL && fork.isAtLeast(Fork.DENEB);
    int proofs = fork.isAtLeast(Fork.FULU) ? BeaconTypes.CELLS_PER_BLOB : 1;
    Container container =
        types.container(
            hasContents
                ? "BlockContents"
                : kind == Kind.FULL ? "BeaconBlock" : "BlindedBeaconBlock");
    SszValue content =
        hasContents
            ? new SszValue.Items(
                List.of(block, copies(blobs * proofs, noise(48)), copies(blobs, noise(BLOB_BYTES))))
            : block;
    return new Proposal(fork, kind, Ssz.encode(container, content));
  }

  private SszValue block(
      BeaconTypes types, String prefix, String payloadName, SszValue payload, int blobs) {
    Container bodyType = types.container(prefix + "BeaconBlockBody");
    Container sync = types.container("SyncAggregate");
    Map<String, SszValue> parts =
        Map.of(
            "randao_reveal",
            octets(randaoReveal),
            "graffiti",
            octets(Bytes.wrap(graffiti.toArray())),
            payloadName,
            payload,
            "sync_aggregate",
            with(sync, sync.zero(), Map.of("sync_committee_signature", octets(NO_SIGNATURE))),
            "blob_kzg_commitments",
            copies(blobs, noise(48)));
    Container blockType = types.container(prefix + "BeaconBlock");
    return with(
        blockType,
        blockType.zero(),
        Map.of(
            "slot", number(slot),
            "proposer_index", number(proposerIndex),
            "parent_root", octets(Bytes.wrap(parentRoot.toArray())),
            "body", with(bodyType, bodyType.zero(), parts)));
  }

  private SszValue payload(BeaconTypes types, int blobs) {
    Container type = types.container("ExecutionPayload");
    int left = Math.max(0, bytes - blobs * BLOB_BYTES);
    return with(
        type,
        type.zero(),
        Map.of(
            "fee_recipient", octets(feeRecipient),
            "block_number", number(slot),
            "transactions", copies(1, noise(left))));
  }

  /** Of the payload, in which the roots of lists stand for them. */
  private SszValue header(BeaconTypes types, int blobs) {
    Container payloadType = types.container("ExecutionPayload");
    SszValue payload = payload(types, blobs);
    return new SszValue.Items(
        payloadType.fields().stream()
            .map(field -> {
              SszValue value = payloadType.field(payload, field.name());
              return List.of("transactions", "withdrawals").contains(field.name())
                  ? octets(Bytes.wrap(Ssz.hashTreeRoot(field.type(), value).toArray()))
                  : value;
            })
            .toList());
  }

  /** The parts that the type has take the place of those of {@code value}. */
  private static SszValue with(Container type, SszValue value, Map<String, SszValue> parts) {
    Stream<Field> fields = type.fields().stream();
    return new SszValue.Items(
        fields
            .map(field -> {
              SszValue part = parts.get(field.name());
              return part == null ? type.field(value, field.name()) : part;
            })
            .toList());
  }

  /** Bytes that nothing makes shorter, the same for the same slot. */
  private SszValue noise(int size) {
    byte[] noise = new byte[size];
    new SplittableRandom(slot).nextBytes(noise);
    if (size == BLOB_BYTES) {
      for (int i = 0; i < size; i += 32) {
        // Field elements, big-endian: below the modulus.
        noise[i] = 0;
      }
    }
    return octets(Bytes.wrap(noise));
  }

  private static SszValue copies(int count, SszValue value) {
    return new SszValue.Items(Collections.nCopies(count, value));
  }

  private static SszValue octets(Bytes bytes) {
    return new SszValue.Octets(bytes);
  }

  private static SszValue number(long number) {
    return new SszValue.Unsigned(BigInteger.valueOf(number));
  }
}
