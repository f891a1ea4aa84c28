/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.web3signer;

import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszValue;
import java.math.BigInteger;
import java.util.Collections;
import java.util.List;

/** The value of a type that is zero, or empty where it may be. */
final class Zeros {
  private Zeros() {}

  static SszValue of(SszType type) {
    return switch (type) {
      case SszType.Uint _ -> new SszValue.Unsigned(BigInteger.ZERO);
      case SszType.Bool _ -> new SszValue.Flag(false);
      case SszType.ByteVector(int length) -> octets(new byte[length]);
      case SszType.Bitvector(int length) -> octets(new byte[(length + 7) / 8]);
      case SszType.Bitlist _ -> octets(new byte[] {1});
      case SszType.ByteList _ -> octets(new byte[0]);
      case SszType.ListOf _ -> new SszValue.Items(List.of());
      case SszType.Vector(SszType element, int length) ->
          new SszValue.Items(Collections.nCopies(length, of(element)));
      case SszType.Container(var fields) ->
          new SszValue.Items(fields.stream().map(field -> of(field.type())).toList());
    };
  }

  private static SszValue octets(byte[] bytes) {
    return new SszValue.Octets(Bytes.wrap(bytes));
  }
}
