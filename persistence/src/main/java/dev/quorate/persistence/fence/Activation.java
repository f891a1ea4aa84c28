/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.fence;

import dev.quorate.consensus.Bytes;
import java.security.SecureRandom;

/**
 * One life of an entity, from its start in memory to its end: drawn anew whenever it starts, never
 * stored by the entity.
 *
 * @param id 16 random bytes
 */
public record Activation(Bytes id) {
  private static final int ID_BYTES = 16;
  private static final SecureRandom RANDOM = new SecureRandom();

  public Activation {
    if (id.size() != ID_BYTES) {
      throw new IllegalArgumentException(ID_BYTES + " bytes are needed, not " + id.size());
    }
  }

  public static Activation random() {
    byte[] id = new byte[ID_BYTES];
    RANDOM.nextBytes(id);
    return new Activation(Bytes.wrap(id));
  }
}
