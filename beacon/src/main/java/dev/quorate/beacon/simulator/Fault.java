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
  @JsonSubTypes.Type(value = Fault.Syncing.class, name = "syncing"),
  @JsonSubTypes.Type(value = Fault.Optimistic.class, name = "optimistic"),
  @JsonSubTypes.Type(value = Fault.ExecutionOffline.class, name = "executionOffline"),
  @JsonSubTypes.Type(value = Fault.NoRewards.class, name = "noRewards"),
  @JsonSubTypes.Type(value = Fault.Peerless.class, name = "peerless"),
  @JsonSubTypes.Type(value = Fault.OldHead.class, name = "oldHead"),
  @JsonSubTypes.Type(value = Fault.OldData.class, name = "oldData"),
  @JsonSubTypes.Type(value = Fault.FutureHead.class, name = "futureHead"),
  @JsonSubTypes.Type(value = Fault.NoEvents.class, name = "noEvents"),
  @JsonSubTypes.Type(value = Fault.NoSsz.class, name = "noSsz"),
  @JsonSubTypes.Type(value = Fault.BuilderBlocks.class, name = "builderBlocks"),
  @JsonSubTypes.Type(value = Fault.MadeUpRoots.class, name = "madeUpRoots"),
  @JsonSubTypes.Type(value = Fault.MalformedEvents.class, name = "malformedEvents")
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

  /** Follows the chain, but its execution client has not verified the head. */
  record Optimistic() implements Fault {}

  /** Its execution client does not answer, and it says so. */
  record ExecutionOffline() implements Fault {}

  /** Lacks the endpoints that tell of rewards. */
  record NoRewards() implements Fault {}

  /** Has no peers, and says so. */
  record Peerless() implements Fault {}

  /** Is stuck on an old head, which it takes for the newest: all that it says is as of then. */
  record OldHead(long slots) implements Fault {
    public OldHead {
      slotsBehind(slots);
    }
  }

  /**
   * The same, but what it says of its health is as of now. It has not heard of reorganisations
   * either.
   */
  record OldData(long slots) implements Fault {
    public OldData {
      slotsBehind(slots);
    }
  }

  /** Says that its head is so many slots ahead of the clock, also in its events. */
  record FutureHead(long slots) implements Fault {
    public FutureHead {
      slotsBehind(slots);
    }
  }

  /** Lacks the endpoint for events. */
  record NoEvents() implements Fault {}

  /** Knows blocks in JSON only. */
  record NoSsz() implements Fault {}

  /** No fault, but another kind of node: its blocks are a builder's, and blinded. */
  record BuilderBlocks() implements Fault {}

  /** Each of its head events names dependent roots that nobody has heard of. */
  record MadeUpRoots() implements Fault {}

  /** Its head events hold no data that a head event has. */
  record MalformedEvents() implements Fault {}

  private static void slotsBehind(long slots) {
    if (slots < 1) {
      throw new IllegalArgumentException("a distance of " + slots + " slots");
    }
  }
}
