/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.event;

import dev.quorate.consensus.Bytes;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * How Pekko stores {@link ChainedEvent} and {@link EntitySnapshot}: the bytes of {@link
 * EventCodec}, nothing around them. Bound in this module's {@code reference.conf}.
 */
public final class JournalSerializer extends SerializerWithStringManifest {
  private static final String EVENT = "event";
  private static final String SNAPSHOT = "snapshot";

  /** Stands in every row of the journal: frozen. */
  @Override
  public int identifier() {
    return 24_110;
  }

  @Override
  public String manifest(Object stored) {
    return switch (stored) {
      case ChainedEvent _ -> EVENT;
      case EntitySnapshot _ -> SNAPSHOT;
      default -> throw unbound(stored);
    };
  }

  @Override
  public byte[] toBinary(Object stored) {
    return switch (stored) {
      case ChainedEvent event -> event.encoded().toArray();
      case EntitySnapshot snapshot -> EventCodec.encode(snapshot).toArray();
      default -> throw unbound(stored);
    };
  }

  /**
   * @throws CorruptJournalException if the bytes or the manifest are not this program's
   */
  @Override
  public Object fromBinary(byte[] bytes, String manifest) {
    return switch (manifest) {
      case EVENT -> EventCodec.decode(Bytes.of(bytes));
      case SNAPSHOT -> EventCodec.decodeSnapshot(Bytes.of(bytes));
      default -> throw new CorruptJournalException("a row of unknown kind " + manifest);
    };
  }

  private static IllegalArgumentException unbound(Object stored) {
    return new IllegalArgumentException("no journal holds " + stored.getClass().getName());
  }
}
