/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.math.BigInteger;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * Numbers and bytes as the Beacon API, the interchange format of EIP-3076 and the remote signing
 * API write them: integers as decimal strings, bytes as {@code 0x} hexadecimal. Readers are strict
 * (no sign, no leading zero, no bare JSON number) and answer with nothing to anything else.
 *
 * <p>Slots, epochs and indices are unsigned 64-bit on the wire. Quorate holds them as non-negative
 * {@code long}s and refuses 2^63 and above where they enter: no chain gets there, and a refusal at
 * the door spares every comparison behind it from being an unsigned one.
 */
public final class ApiJson {
  private ApiJson() {}

  /** An unsigned integer of at most {@code bits} bits. */
  public static Optional<BigInteger> unsigned(JsonNode node, int bits) {
    // A decimal digit holds more than three bits: bounds the work before it is done.
    return isDecimal(node, bits / 3 + 1)
        ? Optional.of(new BigInteger(node.textValue())).filter(v -> v.bitLength() <= bits)
        : Optional.empty();
  }

  /** A {@code uint64} below 2^63. */
  public static OptionalLong number(JsonNode node) {
    return unsigned(node, Long.SIZE - 1).stream().mapToLong(BigInteger::longValueExact).findFirst();
  }

  /** An {@code int64}, but for the least. */
  public static OptionalLong signed(JsonNode node) {
    String text = node.isTextual() ? node.textValue() : "";
    if (!text.startsWith("-")) {
      return number(node);
    }
    // There is one zero.
    return unsigned(TextNode.valueOf(text.substring(1)), Long.SIZE - 1).stream()
        .mapToLong(size -> -size.longValueExact())
        .filter(number -> number < 0)
        .findFirst();
  }

  /** A {@code uint64} below 2^31. */
  public static OptionalInt smallNumber(JsonNode node) {
    return unsigned(node, Integer.SIZE - 1).stream()
        .mapToInt(BigInteger::intValueExact)
        .findFirst();
  }

  /** Bytes of any length up to {@code sizeMax}, with the prefix {@code 0x}. */
  public static Optional<Bytes> bytesUpTo(JsonNode node, int sizeMax) {
    String text = node.isTextual() ? node.textValue() : "";
    if (!text.startsWith("0x") || text.length() % 2 != 0 || text.length() / 2 - 1 > sizeMax) {
      return Optional.empty();
    }
    try {
      return Optional.of(Bytes.fromHex(text));
    } catch (IllegalArgumentException notHexadecimal) {
      return Optional.empty();
    }
  }

  /** Exactly {@code size} bytes, with the prefix {@code 0x}. */
  public static Optional<Bytes> bytes(JsonNode node, int size) {
    return bytesUpTo(node, size).filter(bytes -> bytes.size() == size);
  }

  /** Exactly 32 bytes, with the prefix {@code 0x}. */
  public static Optional<Bytes32> root(JsonNode node) {
    return bytes(node, 32).map(bytes -> Bytes32.of(bytes.toArray()));
  }

  /** Lower-case hexadecimal with the prefix {@code 0x}, whole. */
  public static String hex(Bytes bytes) {
    return "0x" + bytes.hex();
  }

  private static boolean isDecimal(JsonNode node, int digitsMax) {
    String text = node.isTextual() ? node.textValue() : "";
    return !text.isEmpty()
        && text.length() <= digitsMax
        && text.chars().allMatch(c -> c >= '0' && c <= '9')
        && (text.length() == 1 || text.charAt(0) != '0');
  }
}
