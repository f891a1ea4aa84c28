/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import dev.quorate.consensus.Bytes;
import java.math.BigInteger;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * SSZ's types as data (consensus-specs, ssz/simple-serialize.md): {@link Ssz} encodes, decodes and
 * hashes by them, {@link SszJson} reads and writes the Beacon API's JSON. Byte sequences have types
 * of their own; they are the vectors and lists of {@code byte}.
 */
public sealed interface SszType {
  /** Bytes of an offset, which stands in the fixed part for a part of variable size. */
  int OFFSET_SIZE = 4;

  /** An unsigned integer of 8 to 256 bits. */
  record Uint(int bits) implements SszType {
    public Uint {
      requirePositive(bits);
    }
  }

  record Bool() implements SszType {}

  record ByteVector(int length) implements SszType {
    public ByteVector {
      requirePositive(length);
    }
  }

  /**
   * @param limit bytes at most
   */
  record ByteList(long limit) implements SszType {
    public ByteList {
      requirePositive(limit);
    }
  }

  /**
   * @param length in bits
   */
  record Bitvector(int length) implements SszType {
    public Bitvector {
      requirePositive(length);
    }
  }

  /**
   * @param limit bits at most, without the delimiting one
   */
  record Bitlist(long limit) implements SszType {
    public Bitlist {
      requirePositive(limit);
    }
  }

  record Vector(SszType element, int length) implements SszType {
    public Vector {
      requirePositive(length);
    }
  }

  /**
   * @param limit elements at most
   */
  record ListOf(SszType element, long limit) implements SszType {
    public ListOf {
      requirePositive(limit);
    }
  }

  record Container(List<Field> fields) implements SszType {
    public Container {
      fields = List.copyOf(fields);
      requirePositive(fields.size());
    }

    public Container(Field... fields) {
      this(List.of(fields));
    }

    /** The field {@code name} of a value of this type, which has one. */
    public SszValue field(SszValue value, String name) {
      int index = fields.stream().map(Field::name).toList().indexOf(name);
      return Ssz.items(value).get(index);
    }
  }

  /**
   * @param name as in the specification and in JSON
   */
  record Field(String name, SszType type) {}

  /** Bytes that every value of this type takes; empty if they differ. */
  default OptionalInt fixedSize() {
    return switch (this) {
      case Uint uint -> OptionalInt.of(uint.bits / 8);
      case Bool _ -> OptionalInt.of(1);
      case ByteVector vector -> OptionalInt.of(vector.length);
      case Bitvector vector -> OptionalInt.of((vector.length + 7) / 8);
      case Vector vector -> times(vector.element.fixedSize(), vector.length);
      case Container container -> sum(container.fields);
      case ByteList _, Bitlist _, ListOf _ -> OptionalInt.empty();
    };
  }

  /** The value that is zero, or empty where it may be. */
  default SszValue zero() {
    return switch (this) {
      case Uint _ -> new SszValue.Unsigned(BigInteger.ZERO);
      case Bool _ -> new SszValue.Flag(false);
      case ByteVector(int length) -> octets(new byte[length]);
      case Bitvector(int length) -> octets(new byte[(length + 7) / 8]);
      case Bitlist _ -> octets(new byte[] {1});
      case ByteList _ -> octets(new byte[0]);
      case ListOf _ -> new SszValue.Items(List.of());
      case Vector(SszType element, int length) ->
          new SszValue.Items(Collections.nCopies(length, element.zero()));
      case Container(var fields) ->
          new SszValue.Items(fields.stream().map(field -> field.type().zero()).toList());
    };
  }

  private static SszValue octets(byte[] bytes) {
    return new SszValue.Octets(Bytes.wrap(bytes));
  }

  /** Is {@code value} one of this type: of its kind, within its bounds, its padding zero? */
  default boolean admits(SszValue value) {
    return switch (this) {
      case Uint uint ->
          value instanceof SszValue.Unsigned(var number)
              && number.signum() >= 0
              && number.bitLength() <= uint.bits;
      case Bool _ -> value instanceof SszValue.Flag;
      case ByteVector vector ->
          value instanceof SszValue.Octets(var bytes) && bytes.size() == vector.length;
      case ByteList list ->
          value instanceof SszValue.Octets(var bytes) && bytes.size() <= list.limit;
      case Bitvector vector ->
          value instanceof SszValue.Octets(var bytes)
              && bytes.size() == (vector.length + 7) / 8
              && bitLength(bytes) <= vector.length;
      case Bitlist list ->
          value instanceof SszValue.Octets(var bytes)
              && !bytes.isEmpty()
              && bytes.get(bytes.size() - 1) != 0
              && bitLength(bytes) - 1 <= list.limit;
      case Vector vector ->
          value instanceof SszValue.Items(var items)
              && items.size() == vector.length
              && items.stream().allMatch(vector.element::admits);
      case ListOf list ->
          value instanceof SszValue.Items(var items)
              && items.size() <= list.limit
              && items.stream().allMatch(list.element::admits);
      case Container container ->
          value instanceof SszValue.Items(var items)
              && items.size() == container.fields.size()
              && IntStream.range(0, items.size())
                  .allMatch(i -> container.fields.get(i).type.admits(items.get(i)));
    };
  }

  /** One more than the position of the highest bit set in the last byte or below it. */
  static long bitLength(Bytes bits) {
    int last = bits.get(bits.size() - 1) & 0xff;
    return bits.size() * 8L - (Integer.numberOfLeadingZeros(last) - 24);
  }

  private static OptionalInt times(OptionalInt size, int count) {
    return size.isPresent()
        ? OptionalInt.of(Math.multiplyExact(size.getAsInt(), count))
        : OptionalInt.empty();
  }

  private static OptionalInt sum(List<Field> fields) {
    int sum = 0;
    for (Field field : fields) {
      OptionalInt size = field.type.fixedSize();
      if (size.isEmpty()) {
        return OptionalInt.empty();
      }
      sum = Math.addExact(sum, size.getAsInt());
    }
    return OptionalInt.of(sum);
  }

  private static void requirePositive(long length) {
    if (length < 1) {
      throw new IllegalArgumentException("a type of length " + length);
    }
  }
}
