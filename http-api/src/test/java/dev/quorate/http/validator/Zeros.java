/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszValue;
import java.math.BigInteger;
import java.util.Collections;
import java.util.List;

/** The value of every type in which everything is zero or empty. */
final class Zeros {
  private Zeros() {}

  static SszValue of(SszType type) {
    return switch (type) {
      case SszType.Uint _ -> new SszValue.Unsigned(BigInteger.ZERO);
      case SszType.Bool _ -> new SszValue.Flag(false);
      case SszType.ByteVector vector -> octets(vector.length());
      case SszType.ByteList _ -> octets(0);
      case SszType.Bitvector vector -> octets((vector.length() + 7) / 8);
      case SszType.Bitlist _ -> new SszValue.Octets(Bytes.wrap(new byte[] {1}));
      case SszType.Vector vector ->
          new SszValue.Items(Collections.nCopies(vector.length(), of(vector.element())));
      case SszType.ListOf _ -> new SszValue.Items(List.of());
      case SszType.Container(var fields) ->
          new SszValue.Items(fields.stream().map(field -> of(field.type())).toList());
    };
  }

  private static SszValue octets(int size) {
    return new SszValue.Octets(Bytes.wrap(new byte[size]));
  }
}
