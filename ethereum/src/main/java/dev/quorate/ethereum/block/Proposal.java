/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.block;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.LittleEndian;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import java.util.Arrays;
import java.util.Optional;

/**
 * A block that a validator may propose, as {@code GET /eth/v3/validator/blocks/{slot}} answers in
 * SSZ, of which only the block's first fields are looked at here. A value is the code of the fork,
 * the code of the kind, a byte each, and the SSZ.
 *
 * @param ssz of {@link #container}
 */
public record Proposal(Fork fork, Kind kind, Bytes ssz) {
  /** Whether the block holds its execution payload. The code is part of the value: frozen. */
  public enum Kind {
    FULL(0),
    /** It holds the payload's header, and a builder the payload. */
    BLINDED(1);

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    static Optional<Kind> ofCode(int code) {
      return Arrays.stream(values()).filter(kind -> kind.code == code).findFirst();
    }
  }

  private static final int CODES_SIZE = 2;

  private static final int PROPOSER_AT = 8;
  private static final int PARENT_AT = 16;

  /** Slot, proposer index, parent root, state root, and the offset of the body. */
  private static final int BLOCK_FIXED_SIZE = 84;

  /** Of a block with its blobs: the offsets of the block, the proofs and the blobs. */
  static final int CONTENTS_FIXED_SIZE = 3 * SszType.OFFSET_SIZE;

  /**
   * @throws IllegalArgumentException if it is too large or too small, or the fork has no such kind
   */
  public Proposal {
    if (!isProposal(fork, kind, ssz)) {
      throw new IllegalArgumentException(
          "a proposal of %s bytes, %s %s".formatted(ssz.size(), fork, kind));
    }
  }

  /** The name of its container. */
  public String container() {
    return container(fork, kind);
  }

  /** The name of its block's container. */
  String blockContainer() {
    return blockContainer(kind);
  }

  private static String container(Fork fork, Kind kind) {
    return hasContents(fork, kind) ? "BlockContents" : blockContainer(kind);
  }

  private static String blockContainer(Kind kind) {
    return switch (kind) {
      case FULL -> "BeaconBlock";
      case BLINDED -> "BlindedBeaconBlock";
    };
  }

  /** Whether the block comes with its blobs. */
  boolean hasContents() {
    return hasContents(fork, kind);
  }

  /** The block's; negative from 2^63 on. */
  public long slot() {
    return LittleEndian.get(header(), 0);
  }

  /** The block's; negative from 2^63 on. */
  public long proposerIndex() {
    return LittleEndian.get(header(), PROPOSER_AT);
  }

  /** The block's. */
  public Bytes32 parentRoot() {
    return Bytes32.of(header(), PARENT_AT);
  }

  public Value value() {
    byte[] encoded = new byte[CODES_SIZE + ssz.size()];
    encoded[0] = (byte) fork.code();
    encoded[1] = (byte) kind.code;
    ssz.copyTo(encoded, CODES_SIZE);
    return new Value(Bytes.wrap(encoded));
  }

  /** Empty if no block of that fork and kind has so many bytes. */
  public static Optional<Proposal> of(Fork fork, Kind kind, Bytes ssz) {
    return isProposal(fork, kind, ssz)
        ? Optional.of(new Proposal(fork, kind, ssz))
        : Optional.empty();
  }

  /** Empty unless {@code json} is a block of the fork, with its blobs if it has any. */
  public static Optional<Proposal> ofJson(BeaconTypes types, Fork fork, Kind kind, JsonNode json) {
    if (kind == Kind.BLINDED && !fork.isAtLeast(Fork.BELLATRIX)) {
      return Optional.empty();
    }
    Container container = types.container(container(fork, kind));
    return SszJson.read(container, json)
        .flatMap(block -> of(fork, kind, Ssz.encode(container, block)));
  }

  /** Empty unless {@code value} begins like a proposal. */
  public static Optional<Proposal> decode(Value value) {
    Bytes encoded = value.content();
    if (encoded.size() < CODES_SIZE) {
      return Optional.empty();
    }
    Optional<Fork> fork = Fork.ofCode(encoded.get(0));
    Optional<Kind> kind = Kind.ofCode(encoded.get(1));
    Bytes ssz = encoded.slice(CODES_SIZE, encoded.size());
    return fork.isPresent() && kind.isPresent()
        ? of(fork.get(), kind.get(), ssz)
        : Optional.empty();
  }

  private static boolean isProposal(Fork fork, Kind kind, Bytes ssz) {
    return ssz.size() >= blockAt(fork, kind) + BLOCK_FIXED_SIZE
        && ssz.size() <= Value.BYTES_MAX - CODES_SIZE
        && (kind == Kind.FULL || fork.isAtLeast(Fork.BELLATRIX));
  }

  private static boolean hasContents(Fork fork, Kind kind) {
    return kind == Kind.FULL && fork.isAtLeast(Fork.DENEB);
  }

  /** Strict SSZ puts the block right behind the offsets. */
  private static int blockAt(Fork fork, Kind kind) {
    return hasContents(fork, kind) ? CONTENTS_FIXED_SIZE : 0;
  }

  private byte[] header() {
    int from = blockAt(fork, kind);
    return ssz.slice(from, from + BLOCK_FIXED_SIZE).toArray();
  }

  @Override
  public String toString() {
    return "Proposal[%s %s, %d bytes, slot %s]"
        .formatted(fork, kind, ssz.size(), Long.toUnsignedString(slot()));
  }
}
