/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * What is wrong with one node of the simulator; a node may have several. In JSON an object with
 * {@code kind} and the fields below: <code>{"kind":"stall","millis":500}</code>.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Fault.OtherHead.class, name = "otherHead"),
  @JsonSubTypes.Type(value = Fault.Stall.class, name = "stall"),
  @JsonSubTypes.Type(value = Fault.StallForever.class, name = "stallForever"),
  @JsonSubTypes.Type(value = Fault.Fail.class, name = "fail"),
  @JsonSubTypes.Type(value = Fault.Lie.class, name = "lie"),
  @JsonSubTypes.Type(value = Fault.Syncing.class, name = "syncing")
})
public sealed interface Fault {
  /**
   * Its head is another block than that of nodes without this fault or with another salt. The
   * checkpoints stay the same, and attestations to the block are valid at every node.
   */
  record OtherHead(long salt) implements Fault {}

  /** Does what it is asked, sends the head of the answer and half of its body, and then pauses. */
  record Stall(long millis) implements Fault {
    public Stall {
      if (millis < 1) {
        throw new IllegalArgumentException("a stall of " + millis + " ms");
      }
    }
  }

  /** The same, but the second half never comes. */
  record StallForever() implements Fault {}

  /** Does nothing of what it is asked and answers with this status. */
  record Fail(int status) implements Fault {
    public Fail {
      if (status < 300 || status > 599) {
        throw new IllegalArgumentException("a failure with status " + status);
      }
    }
  }

  /** Its attestation data is wrong in one field, as no honest chain would have it. */
  record Lie(Field field) implements Fault {}

  /** What it lies about. */
  enum Field {
    SLOT,
    TARGET_EPOCH,
    TARGET_ROOT,
    SOURCE_EPOCH,
    SOURCE_ROOT
  }

  /** Says that it is syncing, and answers nothing that depends on the head. */
  record Syncing() implements Fault {}
}
