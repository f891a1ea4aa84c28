/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.qbft.QbftMessage;
import java.util.Optional;

/** Everything that operators tell one another about one duty. The link authenticated the sender. */
public sealed interface DutyMessage {
  DutyId duty();

  /** Position of the sending operator in the cluster file, from 0. */
  int sender();

  /** A consensus message. */
  record Agreement(QbftMessage message) implements DutyMessage {
    @Override
    public DutyId duty() {
      return message.duty();
    }

    @Override
    public int sender() {
      return message.sender();
    }
  }

  /**
   * A partial signature, not yet verified.
   *
   * @param root the signing root it is said to be over
   * @param signature a point of G2, 192 bytes uncompressed
   */
  record Partial(DutyId duty, int sender, Bytes32 root, Bytes signature) implements DutyMessage {}

  /**
   * Bytes of a value that is too large for the messages that name it. They are dealt with at the
   * edge: no core sees any.
   */
  sealed interface Bulk extends DutyMessage {
    /** The value's hash. */
    Bytes32 value();
  }

  /**
   * A part of a value, pushed by its leader or asked for. Nothing is believed of it before the
   * whole has the hash.
   *
   * @param size bytes of the whole value
   * @param offset where in it {@code content} begins
   */
  record Chunk(DutyId duty, int sender, Bytes32 value, int size, int offset, Bytes content)
      implements Bulk {}

  /**
   * The sender lacks a value that the receiver named.
   *
   * @param from the bytes before it are there
   */
  record Pull(DutyId duty, int sender, Bytes32 value, int from) implements Bulk {}

  /**
   * Where the sender stands, so that the receiver sends what it lacks.
   *
   * @param round its current round, 0 before the first
   * @param decided the hash of the value it knows to be decided
   * @param partials the operators whose partials it holds, operator i as bit i
   */
  record Status(DutyId duty, int sender, int round, Optional<Bytes32> decided, long partials)
      implements DutyMessage {
    public boolean holdsPartialOf(int operator) {
      return (partials >>> operator & 1) != 0;
    }
  }
}
