/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Encodes, decodes and hashes values by their type (consensus-specs, ssz/simple-serialize.md).
 * Decoding is strict: exactly one byte string decodes to a value. What it allocates is bounded by
 * the bytes it is given, and no limit of a type is exceeded on the way.
 */
public final class Ssz {
  private Ssz() {}

  /**
   * @throws IllegalArgumentException if {@code value} is not of {@code type}
   */
  public static Bytes encode(SszType type, SszValue value) {
    requireAdmitted(type, value);
    return Bytes.wrap(bytes(type, value));
  }

  /** Empty unless {@code encoded} is the encoding of a value of {@code type}, whole and alone. */
  public static Optional<SszValue> decode(SszType type, Bytes encoded) {
    return decode(type, encoded.toArray());
  }

  /** The same, of bytes that are neither kept nor copied whole. */
  public static Optional<SszValue> decode(SszType type, byte[] encoded) {
    return value(type, encoded, 0, encoded.length);
  }

  /**
   * @throws IllegalArgumentException if {@code value} is not of {@code type}
   */
  public static Bytes32 hashTreeRoot(SszType type, SszValue value) {
    requireAdmitted(type, value);
    return root(type, value);
  }

  static void requireAdmitted(SszType type, SszValue value) {
    if (!type.admits(value)) {
      throw new IllegalArgumentException("not a value of " + type);
    }
  }

  private static byte[] bytes(SszType type, SszValue value) {
    return switch (type) {
      case SszType.Uint uint -> littleEndian(number(value), uint.bits() / 8);
      case SszType.Bool _ -> new byte[] {(byte) (((SszValue.Flag) value).value() ? 1 : 0)};
      case SszType.ByteVector _, SszType.ByteList _, SszType.Bitvector _, SszType.Bitlist _ ->
          octets(value).toArray();
      case SszType.Vector vector -> bytes(each(vector.element(), items(value)), items(value));
      case SszType.ListOf list -> bytes(each(list.element(), items(value)), items(value));
      case SszType.Container container -> bytes(types(container), items(value));
    };
  }

  /** Fixed parts, and offsets to the variable ones, which follow. */
  private static byte[] bytes(List<SszType> types, List<SszValue> values) {
    ByteArrayOutputStream fixed = new ByteArrayOutputStream();
    ByteArrayOutputStream variable = new ByteArrayOutputStream();
    int fixedSize = Math.toIntExact(fixedSize(types));
    for (int i = 0; i < types.size(); i++) {
      byte[] part = bytes(types.get(i), values.get(i));
      if (types.get(i).fixedSize().isPresent()) {
        fixed.writeBytes(part);
      } else {
        byte[] offset = new byte[SszType.OFFSET_SIZE];
        LittleEndian.putInt(offset, 0, fixedSize + variable.size());
        fixed.writeBytes(offset);
        variable.writeBytes(part);
      }
    }
    fixed.writeBytes(variable.toByteArray());
    return fixed.toByteArray();
  }

  private static Optional<SszValue> value(SszType type, byte[] data, int from, int to) {
    return switch (type) {
      case SszType.Uint uint ->
          to - from == uint.bits() / 8
              ? Optional.of(new SszValue.Unsigned(unsigned(data, from, to)))
              : Optional.empty();
      case SszType.Bool _ ->
          to - from == 1 && (data[from] & 0xff) <= 1
              ? Optional.of(new SszValue.Flag(data[from] == 1))
              : Optional.empty();
      case SszType.ByteVector _, SszType.ByteList _, SszType.Bitvector _, SszType.Bitlist _ ->
          Optional.<SszValue>of(new SszValue.Octets(Bytes.wrap(Arrays.copyOfRange(data, from, to))))
              .filter(type::admits);
      case SszType.Vector vector ->
          values(Collections.nCopies(vector.length(), vector.element()), data, from, to);
      case SszType.ListOf list -> {
        long count = count(list.element(), data, from, to);
        yield count < 0 || count > list.limit()
            ? Optional.empty()
            : values(Collections.nCopies((int) count, list.element()), data, from, to);
      }
      case SszType.Container container -> values(types(container), data, from, to);
    };
  }

  /** How many elements the bytes claim to hold; negative if it cannot be a list. */
  private static long count(SszType element, byte[] data, int from, int to) {
    OptionalInt size = element.fixedSize();
    if (size.isPresent()) {
      return (to - from) % size.getAsInt() == 0 ? (to - from) / size.getAsInt() : -1;
    }
    if (from == to) {
      return 0;
    }
    // The first offset is where the table of offsets ends; zero would make it an empty list again.
    long first = to - from < SszType.OFFSET_SIZE ? 0 : LittleEndian.getInt(data, from);
    return first == 0 || first > to - from || first % SszType.OFFSET_SIZE != 0
        ? -1
        : first / SszType.OFFSET_SIZE;
  }

  /**
   * Variable parts must begin right behind the fixed ones, in order and without gaps, and the last
   * one ends with the data; without any, the fixed parts do.
   */
  private static Optional<SszValue> values(List<SszType> types, byte[] data, int from, int to) {
    long fixedSize = fixedSize(types);
    if (fixedSize > to - from) {
      return Optional.empty();
    }
    int[] starts = new int[types.size()];
    int[] ends = new int[types.size()];
    int at = from;
    int variable = -1;
    for (int i = 0; i < types.size(); i++) {
      OptionalInt size = types.get(i).fixedSize();
      if (size.isPresent()) {
        starts[i] = at;
        ends[i] = at + size.getAsInt();
        at = ends[i];
        continue;
      }
      long offset = LittleEndian.getInt(data, at);
      at += SszType.OFFSET_SIZE;
      if (variable < 0
          ? offset != fixedSize
          : offset < starts[variable] - from || offset > to - from) {
        return Optional.empty();
      }
      starts[i] = from + (int) offset;
      if (variable >= 0) {
        ends[variable] = starts[i];
      }
      variable = i;
    }
    if (variable >= 0) {
      ends[variable] = to;
    } else if (at != to) {
      return Optional.empty();
    }
    List<SszValue> values = new ArrayList<>(types.size());
    for (int i = 0; i < types.size(); i++) {
      Optional<SszValue> value = value(types.get(i), data, starts[i], ends[i]);
      if (value.isEmpty()) {
        return Optional.empty();
      }
      values.add(value.get());
    }
    return Optional.of(new SszValue.Items(values));
  }

  private static Bytes32 root(SszType type, SszValue value) {
    return switch (type) {
      case SszType.Uint _, SszType.Bool _ -> Merkle.root(bytes(type, value), 1);
      case SszType.ByteVector vector -> Merkle.root(bytes(type, value), chunks(vector.length(), 1));
      case SszType.Bitvector vector ->
          Merkle.root(bytes(type, value), chunks(bytesOfBits(vector.length()), 1));
      case SszType.ByteList list ->
          Merkle.mixInLength(
              Merkle.root(bytes(type, value), chunks(list.limit(), 1)), octets(value).size());
      case SszType.Bitlist list -> {
        long bits = SszType.bitLength(octets(value)) - 1;
        yield Merkle.mixInLength(
            Merkle.root(
                withoutDelimiter(octets(value), bits), chunks(bytesOfBits(list.limit()), 1)),
            bits);
      }
      case SszType.Vector vector -> elements(vector.element(), items(value), vector.length());
      case SszType.ListOf list ->
          Merkle.mixInLength(
              elements(list.element(), items(value), list.limit()), items(value).size());
      case SszType.Container container ->
          Merkle.root(roots(types(container), items(value)), container.fields().size());
    };
  }

  /** Basic elements are packed into chunks, of all others there is one root a chunk. */
  private static Bytes32 elements(SszType element, List<SszValue> values, long capacity) {
    return switch (element) {
      case SszType.Uint _, SszType.Bool _ ->
          Merkle.root(
              bytes(each(element, values), values),
              chunks(capacity, element.fixedSize().orElseThrow()));
      case SszType.ByteVector _,
          SszType.ByteList _,
          SszType.Bitvector _,
          SszType.Bitlist _,
          SszType.Vector _,
          SszType.ListOf _,
          SszType.Container _ ->
          Merkle.root(roots(each(element, values), values), capacity);
    };
  }

  private static byte[] roots(List<SszType> types, List<SszValue> values) {
    byte[] roots = new byte[values.size() * 32];
    for (int i = 0; i < values.size(); i++) {
      root(types.get(i), values.get(i)).copyTo(roots, i * 32);
    }
    return roots;
  }

  private static byte[] withoutDelimiter(Bytes bitlist, long bits) {
    byte[] content = bitlist.slice(0, (int) bytesOfBits(bits)).toArray();
    if (bits % 8 != 0) {
      content[content.length - 1] ^= (byte) (1 << bits % 8);
    }
    return content;
  }

  private static long bytesOfBits(long bits) {
    return (bits + 7) / 8;
  }

  private static long chunks(long count, int size) {
    return (Math.multiplyExact(count, size) + 31) / 32;
  }

  private static long fixedSize(List<SszType> types) {
    return types.stream().mapToLong(type -> type.fixedSize().orElse(SszType.OFFSET_SIZE)).sum();
  }

  private static List<SszType> each(SszType element, List<SszValue> values) {
    return Collections.nCopies(values.size(), element);
  }

  private static List<SszType> types(SszType.Container container) {
    return container.fields().stream().map(SszType.Field::type).toList();
  }

  private static byte[] littleEndian(BigInteger number, int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = number.shiftRight(8 * i).byteValue();
    }
    return bytes;
  }

  private static BigInteger unsigned(byte[] data, int from, int to) {
    byte[] bigEndian = new byte[to - from];
    for (int i = from; i < to; i++) {
      bigEndian[to - 1 - i] = data[i];
    }
    return new BigInteger(1, bigEndian);
  }

  /** Of a value of an unsigned integer's type. */
  public static BigInteger number(SszValue value) {
    return ((SszValue.Unsigned) value).value();
  }

  /** Of a value of a type of bytes or bits. */
  public static Bytes octets(SszValue value) {
    return ((SszValue.Octets) value).value();
  }

  /** Of a value of a vector's, list's or container's type. */
  public static List<SszValue> items(SszValue value) {
    return ((SszValue.Items) value).values();
  }
}
