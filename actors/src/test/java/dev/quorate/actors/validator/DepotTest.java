/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyMessage.Agreement;
import dev.quorate.consensus.duty.DutyMessage.Chunk;
import dev.quorate.consensus.duty.DutyMessage.Pull;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Proof;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.wire.WireLimits;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DepotTest {
  private static final DutyId DUTY = new DutyId(DutyType.PROPOSER, 100, 7, 0);
  private static final int SELF = 3;
  private static final Value VALUE = value(1, 2 * WireLimits.CHUNK_BYTES + 5);

  private final DepotBudget budget = new DepotBudget(4);
  private final Depot depot = new Depot(budget, SELF);

  private record NoProof() implements Proof {}

  private static Value value(int seed, int bytes) {
    byte[] content = new byte[bytes];
    new Random(seed).nextBytes(content);
    return new Value(Bytes.wrap(content));
  }

  private static Agreement proposal(DutyId duty, int sender, int round, Value value) {
    return new Agreement(
        new QbftMessage.Cast(
            new SignedVote(new Vote.PrePrepare(duty, sender, round, value.hash()), new NoProof()),
            List.of(),
            Optional.of(value)));
  }

  private static Agreement decision(int sender, Value value) {
    return new Agreement(new QbftMessage.Decided(DUTY, sender, new Decision(1, value, List.of())));
  }

  private static Value named(Value value) {
    return Value.named(value.hash());
  }

  private void take(List<Chunk> chunks) {
    chunks.forEach(chunk -> assertThat(depot.take(chunk)).isEmpty());
  }

  @Test
  void whatWaitsForAValueGetsItWithTheLastChunk() {
    Agreement waiting = proposal(DUTY, 1, 1, named(VALUE));
    assertThat(Depot.isNamedOnly(waiting)).isTrue();
    depot.hold(waiting);
    depot.hold(decision(2, named(VALUE)));
    List<Chunk> chunks = Depot.chunks(DUTY, 1, VALUE, 0);
    assertThat(chunks).hasSize(3);
    take(chunks.subList(0, 2));
    assertThat(depot.ready(DUTY)).isEmpty();
    take(chunks.subList(2, 3));
    assertThat(depot.ready(DUTY)).containsExactly(proposal(DUTY, 1, 1, VALUE), decision(2, VALUE));
    assertThat(depot.ready(DUTY)).isEmpty();
    // And whatever names it from now on.
    depot.hold(proposal(DUTY, 2, 2, named(VALUE)));
    assertThat(depot.ready(DUTY)).containsExactly(proposal(DUTY, 2, 2, VALUE));
    assertThat(depot.look(DUTY, VALUE.hash())).isEmpty();
    assertThat(depot.take(chunks.getFirst())).contains(Reason.DUPLICATE);
  }

  @Test
  void chunksMayComeBeforeWhatNamesTheirValue() {
    take(Depot.chunks(DUTY, 1, VALUE, 0));
    depot.hold(proposal(DUTY, 1, 1, named(VALUE)));
    assertThat(depot.ready(DUTY)).containsExactly(proposal(DUTY, 1, 1, VALUE));
  }

  @Test
  void chunksOfOneOperatorDoNotSpoilThoseOfAnother() {
    Chunk forged =
        new Chunk(
            DUTY,
            2,
            VALUE.hash(),
            VALUE.content().size(),
            0,
            Bytes.wrap(new byte[WireLimits.CHUNK_BYTES]));
    take(List.of(forged));
    take(Depot.chunks(DUTY, 1, VALUE, 0));
    assertThat(depot.find(DUTY, VALUE.hash())).contains(VALUE);
  }

  @Test
  void bytesWithoutTheHashAreForgottenAndMayComeAgain() {
    byte[] other = VALUE.content().toArray();
    other[7] ^= 1;
    List<Chunk> chunks = Depot.chunks(DUTY, 1, VALUE, 0);
    Chunk changed =
        new Chunk(DUTY, 1, VALUE.hash(), other.length, 0, Bytes.wrap(other).slice(0, 32 * 1024));
    take(List.of(changed, chunks.get(1)));
    assertThat(depot.take(chunks.get(2))).contains(Reason.WRONG_VALUE);
    assertThat(budget.bytes()).isZero();
    take(chunks);
    assertThat(depot.find(DUTY, VALUE.hash())).contains(VALUE);
  }

  @Test
  void aGapInTheChunksIsRefusedAndAskedForFromThereOn() {
    depot.hold(proposal(DUTY, 1, 1, named(VALUE)));
    List<Chunk> chunks = Depot.chunks(DUTY, 1, VALUE, 0);
    take(chunks.subList(0, 1));
    assertThat(depot.take(chunks.get(2))).contains(Reason.UNJUSTIFIED);
    assertThat(depot.take(chunks.get(0))).contains(Reason.DUPLICATE);
    // Something has come since nobody looked.
    assertThat(depot.look(DUTY, VALUE.hash())).contains(new Depot.Look(Optional.empty()));
    assertThat(depot.look(DUTY, VALUE.hash()))
        .contains(
            new Depot.Look(
                Optional.of(
                    new Depot.Ask(1, new Pull(DUTY, SELF, VALUE.hash(), WireLimits.CHUNK_BYTES)))));
  }

  @Test
  void whoeverNamedItIsAskedInTurnUntilNobodyIsAnyMore() {
    depot.hold(proposal(DUTY, 1, 1, named(VALUE)));
    depot.hold(decision(2, named(VALUE)));
    for (int look = 0; look < Depot.LOOKS_MAX; look++) {
      Optional<Depot.Ask> ask =
          switch (look % Depot.LOOKS_BETWEEN_ASKS) {
            case 0 -> Optional.of(new Depot.Ask(1, new Pull(DUTY, SELF, VALUE.hash(), 0)));
            case 1 -> Optional.of(new Depot.Ask(2, new Pull(DUTY, SELF, VALUE.hash(), 0)));
            default -> Optional.empty();
          };
      assertThat(depot.look(DUTY, VALUE.hash())).contains(new Depot.Look(ask));
    }
    assertThat(depot.look(DUTY, VALUE.hash())).isEmpty();
  }

  @Test
  void whoDawdlesIsPassedBy() {
    Value large = value(2, 64 * WireLimits.CHUNK_BYTES);
    depot.hold(proposal(DUTY, 1, 1, named(large)));
    depot.hold(decision(2, named(large)));
    List<Chunk> chunks = Depot.chunks(DUTY, 1, large, 0);
    for (int look = 0; look < Depot.SLOW_LOOKS; look++) {
      take(chunks.subList(look, look + 1));
      assertThat(depot.look(DUTY, large.hash())).contains(new Depot.Look(Optional.empty()));
    }
    take(chunks.subList(Depot.SLOW_LOOKS, Depot.SLOW_LOOKS + 1));
    assertThat(depot.look(DUTY, large.hash()).orElseThrow().ask())
        .contains(new Depot.Ask(2, new Pull(DUTY, SELF, large.hash(), 0)));
    // What the first sends meanwhile does not speak for the second.
    take(chunks.subList(3, 3 + Depot.CHUNKS_PER_LOOK_MIN));
    assertThat(depot.look(DUTY, large.hash()).orElseThrow().ask())
        .contains(new Depot.Ask(1, new Pull(DUTY, SELF, large.hash(), 7 * WireLimits.CHUNK_BYTES)));
    take(chunks.subList(7, 7 + Depot.CHUNKS_PER_LOOK_MIN));
    assertThat(depot.look(DUTY, large.hash())).contains(new Depot.Look(Optional.empty()));
  }

  @Test
  void anOwnValueIsPushedOnceAndAnsweredAFewTimes() {
    assertThat(depot.keep(DUTY, VALUE)).isTrue();
    assertThat(depot.keep(DUTY, VALUE)).isFalse();
    Pull pull = new Pull(DUTY, 1, VALUE.hash(), WireLimits.CHUNK_BYTES);
    for (int answer = 0; answer < Depot.ANSWERS_PER_OPERATOR_MAX; answer++) {
      assertThat(depot.answer(pull))
          .isEqualTo(Depot.chunks(DUTY, SELF, VALUE, WireLimits.CHUNK_BYTES));
    }
    assertThat(depot.answer(pull)).isEmpty();
    Value another = value(5, 9);
    depot.keep(DUTY, another);
    assertThat(depot.answer(new Pull(DUTY, 1, another.hash(), 0))).hasSize(1);
    assertThat(depot.answer(new Pull(DUTY, 2, VALUE.hash(), 0))).hasSize(3);
    assertThat(depot.answer(new Pull(DUTY, 2, VALUE.hash(), 1 << 20))).isEmpty();
    assertThat(depot.answer(new Pull(DUTY, 2, value(9, 9).hash(), 0))).isEmpty();
  }

  @Test
  void anOperatorsOldestValueGivesWayToItsFifth() {
    for (int i = 0; i <= Depot.VALUES_PER_OPERATOR_MAX; i++) {
      take(Depot.chunks(DUTY, 1, value(i, 2_000), 0));
    }
    assertThat(depot.find(DUTY, value(0, 2_000).hash())).isEmpty();
    assertThat(depot.find(DUTY, value(1, 2_000).hash())).isPresent();
    assertThat(depot.find(DUTY, value(Depot.VALUES_PER_OPERATOR_MAX, 2_000).hash())).isPresent();
  }

  @Test
  void anOperatorWithoutRoomTakesNoneFromOthersAndGetsItBack() {
    Depot others = new Depot(budget, SELF);
    int largest = Value.BYTES_MAX - 1024;
    for (int i = 0; i < 4; i++) {
      others.take(claim(1, i, largest));
    }
    assertThat(depot.take(claim(1, 9, largest))).contains(Reason.BUFFER_FULL);
    assertThat(depot.take(claim(2, 9, largest))).isEmpty();
    others.close();
    assertThat(depot.take(claim(1, 9, largest))).isEmpty();
    depot.drop(DUTY);
    assertThat(budget.bytes()).isZero();
  }

  /** The first chunk of a value of so many bytes. */
  private static Chunk claim(int sender, int seed, int bytes) {
    return new Chunk(
        DUTY,
        sender,
        value(seed, 9).hash(),
        bytes,
        0,
        Bytes.wrap(new byte[WireLimits.CHUNK_BYTES]));
  }

  @Test
  void someMessagesOfAnOperatorWaitAndNoMore() {
    for (int round = 1; round <= Depot.HELD_PER_OPERATOR_MAX + 5; round++) {
      depot.hold(proposal(DUTY, 1, round, named(VALUE)));
    }
    depot.hold(proposal(DUTY, 2, 1, named(VALUE)));
    take(Depot.chunks(DUTY, 1, VALUE, 0));
    assertThat(depot.ready(DUTY))
        .hasSize(Depot.HELD_PER_OPERATOR_MAX + 1)
        .extracting(DutyMessage::sender)
        .contains(2);
  }

  @Test
  void dutiesOfTheLowestSlotsGiveWay() {
    for (int slot = 0; slot <= Depot.DUTIES_MAX; slot++) {
      depot.keep(new DutyId(DutyType.PROPOSER, slot, 7, 0), VALUE);
    }
    assertThat(depot.find(new DutyId(DutyType.PROPOSER, 0, 7, 0), VALUE.hash())).isEmpty();
    assertThat(depot.find(new DutyId(DutyType.PROPOSER, 1, 7, 0), VALUE.hash())).isPresent();
  }

  @Test
  void noOtherDutyHasLargeValues() {
    DutyId attester = DutyId.attester(100, 7);
    assertThat(depot.take(Depot.chunks(attester, 1, VALUE, 0).getFirst()))
        .contains(Reason.UNKNOWN_DUTY);
    depot.hold(proposal(attester, 1, 1, named(VALUE)));
    assertThat(depot.look(attester, VALUE.hash())).isEmpty();
    assertThat(budget.bytes()).isZero();
  }
}
