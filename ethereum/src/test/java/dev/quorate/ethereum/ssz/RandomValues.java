/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import dev.quorate.consensus.Bytes;
import java.math.BigInteger;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Any value of any type.
 *
 * @param lengthMax of lists, in their elements, whatever their limit
 * @param uint64Bits of numbers of 64 bits that are not zero
 */
record RandomValues(Random random, int lengthMax, int uint64Bits) {
  SszValue of(SszType type) {
    return switch (type) {
      case SszType.Uint(int bits) ->
          new SszValue.Unsigned(new BigInteger(bits == 64 ? uint64Bits : bits, random));
      case SszType.Bool _ -> new SszValue.Flag(random.nextBoolean());
      case SszType.ByteVector(int length) -> new SszValue.Octets(bytes(length));
      case SszType.ByteList(long limit) -> new SszValue.Octets(bytes(length(limit)));
      case SszType.Bitvector(int length) -> new SszValue.Octets(bits(length, false));
      case SszType.Bitlist(long limit) -> new SszValue.Octets(bits(length(limit), true));
      case SszType.Vector(SszType element, int length) -> items(element, length);
      case SszType.ListOf(SszType element, long limit) -> items(element, length(limit));
      case SszType.Container(var fields) ->
          new SszValue.Items(fields.stream().map(field -> of(field.type())).toList());
    };
  }

  Bytes bytes(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return Bytes.wrap(bytes);
  }

  private int length(long limit) {
    return random.nextInt((int) Math.min(limit, lengthMax) + 1);
  }

  private SszValue items(SszType element, int count) {
    return new SszValue.Items(IntStream.range(0, count).mapToObj(_ -> of(element)).toList());
  }

  private Bytes bits(int bits, boolean delimited) {
    byte[] bytes = new byte[delimited ? bits / 8 + 1 : (bits + 7) / 8];
    IntStream.range(0, bits)
        .filter(_ -> random.nextBoolean())
        .forEach(bit -> bytes[bit / 8] |= (byte) (1 << bit % 8));
    if (delimited) {
      bytes[bits / 8] |= (byte) (1 << bits % 8);
    }
    return Bytes.wrap(bytes);
  }
}
