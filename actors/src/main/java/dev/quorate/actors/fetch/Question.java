/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.fetch;

import dev.quorate.beacon.client.BeaconNode;
import dev.quorate.beacon.client.BlockRequest;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * What the own beacon nodes are asked for duties of one slot, once for all validators that need the
 * answer.
 */
public sealed interface Question {
  long slot();

  CompletionStage<Value> ask(BeaconNode node);

  /** Whether who may vote for the one may vote for the other. */
  default boolean isSameVote(Value one, Value other) {
    return one.equals(other);
  }

  /**
   * Whether of two answers that are the same vote the one has a later head than the other.
   *
   * @param headSlots of roots of heads, as far as own nodes told of them
   */
  default boolean isLater(Value one, Value other, Function<Bytes32, Optional<Long>> headSlots) {
    return false;
  }

  /** Whether it is worth a moment to learn what most own nodes say before one is believed. */
  default boolean isOfMajority() {
    return false;
  }

  /** Whether the slot's block answers it before it is due. */
  default boolean isOfHead() {
    return false;
  }

  /**
   * What may be voted for, what to propose first.
   *
   * @param own what the own nodes say, best first
   * @param views what the other operators say of the head
   */
  default List<Value> known(List<Value> own, HeadViews views) {
    return own;
  }

  /** What the other operators are told of what the own nodes say. */
  default Optional<HeadView> view(List<Value> own) {
    return Optional.empty();
  }

  /**
   * What a committee's attestations add up to.
   *
   * @param data as the committee signs it
   */
  record ToAggregate(Fork fork, AttestationData data, long committee) implements Question {
    @Override
    public long slot() {
      return data.slot();
    }

    @Override
    public CompletionStage<Value> ask(BeaconNode node) {
      return node.aggregate(fork, data, committee).thenApply(found -> new Value(found.encode()));
    }
  }

  /** Which head members of the sync committee sign. */
  record ToNameHead(long slot) implements Question {
    @Override
    public CompletionStage<Value> ask(BeaconNode node) {
      return node.headRoot().thenApply(head -> new Value(head.toBytes()));
    }

    @Override
    public List<Value> known(List<Value> own, HeadViews views) {
      return views.known(slot, own.stream().map(ToNameHead::root).toList()).stream()
          .map(head -> new Value(head.toBytes()))
          .toList();
    }

    @Override
    public Optional<HeadView> view(List<Value> own) {
      return own.stream().findFirst().map(head -> new HeadView(slot, root(head)));
    }

    private static Bytes32 root(Value head) {
      return Bytes32.of(head.content().toArray());
    }

    @Override
    public boolean isOfHead() {
      return true;
    }
  }

  /**
   * What a sync subcommittee contributes.
   *
   * @param head the root that was agreed on
   */
  record ToContribute(long slot, int subcommittee, Bytes32 head) implements Question {
    @Override
    public CompletionStage<Value> ask(BeaconNode node) {
      return node.contribution(slot, subcommittee, head)
          .thenApply(found -> new Value(found.encode()));
    }
  }

  /** What block to propose. */
  record ToPropose(DutySlot at, BlockRequest request) implements Question {
    @Override
    public long slot() {
      return at.slot();
    }

    @Override
    public CompletionStage<Value> ask(BeaconNode node) {
      return node.block(at, request).thenApply(Proposal::value);
    }

    /** Whoever builds on the same block may vote for the one or the other. */
    @Override
    public boolean isSameVote(Value one, Value other) {
      Proposal a = Proposal.decode(one).orElseThrow();
      Proposal b = Proposal.decode(other).orElseThrow();
      return a.parentRoot().equals(b.parentRoot());
    }

    @Override
    public boolean isOfHead() {
      return false;
    }
  }

  /** What to attest. */
  record ToAttest(long slot) implements Question {
    @Override
    public CompletionStage<Value> ask(BeaconNode node) {
      return node.attestationData(slot).thenApply(data -> new Value(data.encode()));
    }

    @Override
    public boolean isSameVote(Value one, Value other) {
      AttestationData a = data(one);
      AttestationData b = data(other);
      return a.source().equals(b.source()) && a.target().equals(b.target());
    }

    /**
     * A head of which nobody told, or that is said to be of a slot to come, is never the later one,
     * and gives way to the slot's own block alone: its event may be on the way.
     */
    @Override
    public boolean isLater(Value one, Value other, Function<Bytes32, Optional<Long>> headSlots) {
      return headSlot(one, headSlots).orElse(-1L) > headSlot(other, headSlots).orElse(slot - 1);
    }

    private Optional<Long> headSlot(Value value, Function<Bytes32, Optional<Long>> headSlots) {
      return headSlots.apply(data(value).beaconBlockRoot()).filter(head -> head <= slot);
    }

    private static AttestationData data(Value value) {
      return AttestationData.decode(value.content()).orElseThrow();
    }

    @Override
    public boolean isOfMajority() {
      return true;
    }

    @Override
    public boolean isOfHead() {
      return true;
    }
  }
}
