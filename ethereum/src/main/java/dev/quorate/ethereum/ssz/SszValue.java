/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import dev.quorate.consensus.Bytes;
import java.math.BigInteger;
import java.util.List;

/** A value of some {@link SszType}, which says whether it {@link SszType#admits} it. */
public sealed interface SszValue {
  /** An unsigned integer. */
  record Unsigned(BigInteger value) implements SszValue {}

  record Flag(boolean value) implements SszValue {}

  /** Bytes, or bits as SSZ packs them: a bitlist with its delimiting bit. */
  record Octets(Bytes value) implements SszValue {}

  /** The elements of a vector or list, or the fields of a container in the type's order. */
  record Items(List<SszValue> values) implements SszValue {
    public Items {
      values = List.copyOf(values);
    }
  }
}
