/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.sign.ClientDesk.Handed;
import dev.quorate.actors.sign.ShareSource.Request;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.signing.bls.HashedMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** With real key shares; the client is whoever calls. */
class ClientSharesTest {
  private static final int SELF = 2;
  private static final long SLOT = 83;
  private static final List<Group> GROUPS = Stream.generate(Group::generate).limit(3).toList();
  private static final SlotTimes TIMES =
      new SlotTimes(
          new SimulatedChain(Chains.of(Fork.FULU, GROUPS.stream().map(Group::publicKey).toList()))
              .spec(),
          new Genesis(1_700_000_000, Bytes32.sha256(new byte[] {1}), Bytes.fromHex("00000000")));
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {3});
  private static final Bytes32 OTHER = Bytes32.sha256(new byte[] {4});

  private final AtomicLong clock = new AtomicLong(TIMES.startMillis(SLOT) + 1);
  private final List<DutyId> guarded = Collections.synchronizedList(new ArrayList<>());
  private final List<Map.Entry<DutyId, Bytes32>> signedFirst =
      Collections.synchronizedList(new ArrayList<>());
  private final AtomicInteger guardFailures = new AtomicInteger();
  private volatile GuardVerdict verdict = new GuardVerdict.Granted();
  private final ClientShares shares = shares(ClientShares.EARLY_MAX);

  private ClientShares shares(int earlyMax) {
    return shares(earlyMax, Runnable::run);
  }

  private ClientShares shares(int earlyMax, Executor crypto) {
    return new ClientShares(
        GROUPS.stream().map(group -> group.shares().get(SELF).publicKey()).toList(),
        TIMES,
        clock::get,
        (duty, _) -> {
          guarded.add(duty);
          return guardFailures.getAndUpdate(left -> Math.max(0, left - 1)) > 0
              ? CompletableFuture.failedStage(new IllegalStateException("no database"))
              : CompletableFuture.completedStage(verdict);
        },
        (duty, root) -> signedFirst.add(Map.entry(duty, root)),
        crypto,
        earlyMax);
  }

  private static Request request(DutyId duty, Bytes32 root) {
    return new Request(
        duty,
        new Assignment.AggregatorSelection(),
        new Value(Bytes.wrap(root.toArray())),
        new Signable(root, 0, SLOT));
  }

  private static Bytes signature(int validator, int operator, Bytes32 root) {
    return GROUPS.get(validator).shares().get(operator).sign(HashedMessage.of(root)).compressed();
  }

  private static Handed handed(DutyId duty, Bytes32 root) {
    return new Handed(duty, root, signature(duty.validator(), SELF, root));
  }

  private List<Optional<ClientProblem>> take(Handed... handed) {
    return shares.take(List.of(handed)).toCompletableFuture().join();
  }

  private Optional<Request> granted(DutyType type, long untilMillis) {
    return shares.granted(type, SLOT, _ -> true, untilMillis).toCompletableFuture().join();
  }

  @Test
  void whatTheClientSignsIsThisOperatorsPartialSignature() {
    DutyId duty = DutyId.attester(SLOT, 1);
    CompletionStage<Bytes> partial = shares.sign(request(duty, ROOT));

    assertThat(granted(DutyType.ATTESTER, 0)).contains(request(duty, ROOT));
    assertThat(partial.toCompletableFuture()).isNotDone();
    assertThat(take(handed(duty, ROOT))).containsExactly(Optional.empty());
    assertThat(partial.toCompletableFuture())
        .isCompletedWithValue(GROUPS.get(1).partial(SELF, ROOT));
    assertThat(guarded).as("asked again before it leaves").containsExactly(duty);
    assertThat(shares.refusals()).isEmpty();
  }

  @Test
  void whoWaitsIsToldOnceItIsGranted() {
    CompletableFuture<Optional<Request>> waiting =
        shares
            .granted(
                DutyType.ATTESTER,
                SLOT,
                request -> request.duty().validator() == 1,
                clock.get() + 60_000)
            .toCompletableFuture();

    shares.sign(request(DutyId.attester(SLOT, 0), ROOT));
    shares.sign(request(DutyId.attester(SLOT + 1, 1), ROOT));
    assertThat(waiting).isNotDone();
    shares.sign(request(DutyId.attester(SLOT, 1), OTHER));
    assertThat(waiting).isCompletedWithValue(Optional.of(request(DutyId.attester(SLOT, 1), OTHER)));
  }

  @Test
  void whoWaitsIsNotAnsweredByTheValidatorsEntity() {
    Queue<Runnable> later = new ArrayDeque<>();
    ClientShares shares = shares(ClientShares.EARLY_MAX, later::add);
    DutyId proof = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT, 0, 0);
    Bytes group = Bytes.wrap(new byte[96]);
    CompletableFuture<Optional<Request>> waiting =
        shares
            .granted(DutyType.ATTESTER, SLOT, _ -> true, clock.get() + 60_000)
            .toCompletableFuture();
    CompletableFuture<Optional<Bytes>> proving =
        shares.completed(proof, clock.get() + 60_000).toCompletableFuture();

    shares.sign(request(DutyId.attester(SLOT, 0), ROOT));
    shares.onCompleted(proof, group);
    assertThat(waiting).isNotDone();
    assertThat(proving).isNotDone();
    later.forEach(Runnable::run);
    assertThat(waiting).isCompletedWithValue(Optional.of(request(DutyId.attester(SLOT, 0), ROOT)));
    assertThat(proving).isCompletedWithValue(Optional.of(group));
  }

  @Test
  void whoWaitsInVainIsToldSoInTimeAndForgotten() {
    assertThat(granted(DutyType.ATTESTER, clock.get() + 50)).isEmpty();
    for (int i = 0; i < ClientShares.WAITING_MAX; i++) {
      assertThat(shares.granted(DutyType.ATTESTER, SLOT, _ -> true, clock.get() + 60_000))
          .isNotNull();
    }
    assertThat(granted(DutyType.ATTESTER, clock.get() + 60_000)).isEmpty();
    assertThat(shares.refusals()).containsEntry(ClientProblem.BUFFER_FULL, 1L);
  }

  @Test
  void aClientThatSignsSomethingElseThanAgreedIsRefused() {
    DutyId duty = DutyId.attester(SLOT, 0);
    CompletionStage<Bytes> partial = shares.sign(request(duty, ROOT));

    assertThat(take(handed(duty, OTHER))).containsExactly(Optional.of(ClientProblem.WRONG_MESSAGE));
    assertThat(take(handed(DutyId.attester(SLOT + 1, 0), ROOT)))
        .containsExactly(Optional.of(ClientProblem.NOTHING_AGREED));
    assertThat(partial.toCompletableFuture()).isNotDone();
    assertThat(guarded).isEmpty();
    // It may still do better.
    assertThat(take(handed(duty, ROOT))).containsExactly(Optional.empty());
    assertThat(partial.toCompletableFuture()).isDone();
  }

  @Test
  void signaturesOfOtherKeysAreRefusedAloneAmongGoodOnes() {
    for (int validator = 0; validator < 3; validator++) {
      shares.sign(request(DutyId.attester(SLOT, validator), ROOT));
    }

    assertThat(
            take(
                handed(DutyId.attester(SLOT, 0), ROOT),
                new Handed(DutyId.attester(SLOT, 1), ROOT, signature(1, SELF + 1, ROOT)),
                handed(DutyId.attester(SLOT, 2), ROOT)))
        .containsExactly(
            Optional.empty(), Optional.of(ClientProblem.WRONG_SIGNATURE), Optional.empty());
    byte[] infinity = new byte[96];
    infinity[0] = (byte) 0xc0;
    assertThat(
            take(
                new Handed(DutyId.attester(SLOT, 1), ROOT, Bytes.wrap(infinity)),
                new Handed(DutyId.attester(SLOT, 1), ROOT, Bytes.wrap(new byte[96])),
                new Handed(DutyId.attester(SLOT, 3), ROOT, signature(0, SELF, ROOT))))
        .containsExactly(
            Optional.of(ClientProblem.WRONG_SIGNATURE),
            Optional.of(ClientProblem.WRONG_SIGNATURE),
            Optional.of(ClientProblem.UNKNOWN_VALIDATOR));
    assertThat(shares.refusals())
        .containsEntry(ClientProblem.WRONG_SIGNATURE, 3L)
        .containsEntry(ClientProblem.UNKNOWN_VALIDATOR, 1L);
  }

  @Test
  void theSameAgainIsNoHarm() {
    DutyId duty = DutyId.attester(SLOT, 0);
    shares.sign(request(duty, ROOT));

    assertThat(take(handed(duty, ROOT))).containsExactly(Optional.empty());
    assertThat(take(handed(duty, ROOT))).containsExactly(Optional.of(ClientProblem.DUPLICATE));
    assertThat(shares.sign(request(duty, ROOT)).toCompletableFuture()).isDone();
    assertThat(guarded).hasSize(1);
  }

  @Test
  void whatWasHandedInBeforeARestartIsKnownByTheJournal() {
    DutyId duty = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT + 10, 0, 0);
    shares.onCompleted(duty, Bytes.wrap(new byte[96]));
    assertThat(shares.hasHanded(duty.type(), duty.slot())).as("others signed").isFalse();
    shares.onSigned(duty);
    assertThat(shares.hasHanded(duty.type(), duty.slot())).isTrue();
  }

  @Test
  void aSelectionProofThatComesBeforeItsDutyIsKeptUntilItIsAskedFor() {
    DutyId duty = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT + 10, 0, 0);
    DutyId wrong = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT + 10, 1, 0);
    assertThat(take(handed(duty, ROOT), handed(wrong, OTHER)))
        .containsExactly(Optional.empty(), Optional.empty());
    assertThat(guarded).as("nothing leaves yet").isEmpty();
    assertThat(shares.hasHanded(DutyType.PREPARE_AGGREGATOR, SLOT + 10)).isTrue();
    assertThat(shares.hasHanded(DutyType.PREPARE_AGGREGATOR, SLOT)).isFalse();

    assertThat(shares.sign(request(duty, ROOT)).toCompletableFuture())
        .isCompletedWithValue(GROUPS.get(0).partial(SELF, ROOT));
    assertThat(guarded).containsExactly(duty);
    assertThat(shares.sign(request(wrong, ROOT)).toCompletableFuture()).isNotDone();
    assertThat(shares.refusals()).containsEntry(ClientProblem.WRONG_MESSAGE, 1L);
  }

  @Test
  void aGuardThatDoesNotAnswerIsAskedAgainUntilTheDutyIsOver() {
    DutyId duty = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT, 0, 0);
    DutyId late = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT, 1, 0);
    assertThat(take(handed(duty, ROOT), handed(late, ROOT)))
        .containsExactly(Optional.empty(), Optional.empty());
    guardFailures.set(1);
    assertThat(shares.sign(request(duty, ROOT)).toCompletableFuture())
        .succeedsWithin(Duration.ofSeconds(10))
        .isEqualTo(GROUPS.get(0).partial(SELF, ROOT));
    assertThat(guarded).containsExactly(duty, duty);

    guardFailures.set(Integer.MAX_VALUE);
    assertThat(shares.sign(request(late, ROOT)).toCompletableFuture()).isNotDone();
    assertThat(shares.refusals()).isEmpty();
    clock.set(TIMES.deadlineMillis(late.type(), late.slot()) + 1);
    Inbox.nextWhile(
        () -> {}, () -> Optional.ofNullable(shares.refusals().get(ClientProblem.REFUSED_BY_GUARD)));
  }

  @Test
  void aHeadThatWasSignedBeforeAnyWasAgreedIsToldOfAndLeavesIfTheDutyAsksForIt() {
    DutyId duty = new DutyId(DutyType.SYNC_MESSAGE, SLOT, 0, 0);
    DutyId randao = new DutyId(DutyType.RANDAO, SLOT, 0, 0);
    assertThat(take(handed(duty, OTHER), handed(randao, ROOT)))
        .containsExactly(Optional.empty(), Optional.empty());
    assertThat(signedFirst).containsExactly(Map.entry(duty, OTHER));
    assertThat(guarded).isEmpty();

    DutyId ahead = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT + 2 * Chains.SLOTS_PER_EPOCH, 0, 0);
    assertThat(take(handed(ahead, ROOT))).containsExactly(Optional.empty());
    assertThat(signedFirst).contains(Map.entry(ahead, ROOT));

    assertThat(shares.sign(request(duty, OTHER)).toCompletableFuture())
        .isCompletedWithValue(GROUPS.get(0).partial(SELF, OTHER));
    assertThat(guarded).containsExactly(duty);
    assertThat(shares.refusals()).isEmpty();
  }

  @Test
  void anotherHeadThanTheGuardGrantedIsNoFaultOfTheClientsAndDoesNotLeave() {
    DutyId early = new DutyId(DutyType.SYNC_MESSAGE, SLOT, 0, 0);
    DutyId late = new DutyId(DutyType.SYNC_MESSAGE, SLOT, 1, 0);
    assertThat(take(handed(early, OTHER))).containsExactly(Optional.empty());
    CompletionStage<Bytes> first = shares.sign(request(early, ROOT));
    CompletionStage<Bytes> second = shares.sign(request(late, ROOT));
    assertThat(take(handed(late, OTHER))).containsExactly(Optional.of(ClientProblem.OTHER_HEAD));
    assertThat(ClientProblem.OTHER_HEAD.isHarmless()).isTrue();
    assertThat(take(new Handed(late, OTHER, signature(1, SELF + 1, OTHER))))
        .containsExactly(Optional.of(ClientProblem.WRONG_SIGNATURE));
    assertThat(first.toCompletableFuture()).isNotDone();
    assertThat(second.toCompletableFuture()).isNotDone();
    assertThat(guarded).isEmpty();
    assertThat(shares.refusals()).containsEntry(ClientProblem.OTHER_HEAD, 2L);
    // It may still sign the other.
    assertThat(take(handed(late, ROOT))).containsExactly(Optional.empty());
    assertThat(second.toCompletableFuture()).isDone();
  }

  @Test
  void aClientMayBeFasterThanTheOtherValidatorsOfTheSlot() {
    shares.sign(request(DutyId.attester(SLOT, 0), ROOT));
    DutyId later = DutyId.attester(SLOT, 1);

    assertThat(take(handed(later, ROOT))).containsExactly(Optional.empty());
    assertThat(guarded).as("its own guard has not been asked yet").isEmpty();
    assertThat(shares.sign(request(later, ROOT)).toCompletableFuture())
        .isCompletedWithValue(GROUPS.get(1).partial(SELF, ROOT));
    assertThat(guarded).containsExactly(later);
  }

  @Test
  void keepsNoMoreThanItsBoundOfWhatComesEarly() {
    ClientShares few = shares(2);
    List<Handed> handed =
        IntStream.range(0, 3)
            .mapToObj(validator ->
                handed(new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT, validator, 0), ROOT))
            .toList();

    assertThat(few.take(handed).toCompletableFuture().join())
        .containsExactly(
            Optional.empty(), Optional.empty(), Optional.of(ClientProblem.BUFFER_FULL));
    clock.set(TIMES.startMillis(SLOT + 2));
    DutyId later = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT + 2, 2, 0);
    assertThat(few.sign(request(later.sibling(DutyType.ATTESTER), ROOT))).isNotNull();
    assertThat(few.take(List.of(handed(later, ROOT))).toCompletableFuture().join())
        .as("what is over is forgotten")
        .containsExactly(Optional.empty());
    assertThat(few.kept()).isEqualTo(2);
  }

  @Test
  void aSelectionProofIsKnownAsLongAsWhatItSelectsForMayBeHandedIn() {
    DutyId proof = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT, 0, 0);
    DutyId other = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT, 1, 0);
    Bytes group = Bytes.wrap(new byte[96]);
    shares.onCompleted(proof, group);
    assertThat(take(handed(other, ROOT))).containsExactly(Optional.empty());
    long last = TIMES.deadlineMillis(DutyType.AGGREGATOR, SLOT);
    for (long now : List.of(TIMES.startMillis(SLOT + 1), last)) {
      clock.set(now);
      assertThat(shares.granted(DutyType.ATTESTER, SLOT, _ -> true, 0)).isNotNull();
      assertThat(shares.completed(proof, 0)).isCompletedWithValue(Optional.of(group));
    }
    assertThat(shares.kept()).as("without the one that never was complete").isEqualTo(1);
    clock.set(TIMES.startMillis(TIMES.slotAt(last) + 1));
    assertThat(shares.granted(DutyType.ATTESTER, SLOT, _ -> true, 0)).isNotNull();
    assertThat(shares.kept()).isZero();
  }

  @Test
  void whatComesTooLateOrTooEarlyIsRefused() {
    DutyId past = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT - 1, 0, 0);
    DutyId future =
        new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT + 2 * TIMES.spec().slotsPerEpoch() + 1, 0, 0);

    assertThat(take(handed(past, ROOT), handed(future, ROOT)))
        .containsExactly(Optional.of(ClientProblem.TOO_LATE), Optional.of(ClientProblem.TOO_EARLY));
    assertThat(shares.kept()).isZero();
  }

  @Test
  void whatTheGuardDoesNotLetOutAnyMoreStays() {
    DutyId duty = DutyId.attester(SLOT, 0);
    CompletionStage<Bytes> partial = shares.sign(request(duty, ROOT));
    verdict = new GuardVerdict.Refused(Reason.SLASHABLE);

    assertThat(take(handed(duty, ROOT)))
        .containsExactly(Optional.of(ClientProblem.REFUSED_BY_GUARD));
    assertThat(partial.toCompletableFuture()).isNotDone();
  }

  @Test
  void theGroupsSelectionProofIsToldOnceItIsMade() {
    DutyId duty = new DutyId(DutyType.PREPARE_AGGREGATOR, SLOT, 0, 0);
    CompletableFuture<Optional<Bytes>> proof =
        shares.completed(duty, clock.get() + 60_000).toCompletableFuture();
    assertThat(shares.completed(duty, 0).toCompletableFuture().join()).isEmpty();
    assertThat(proof).isNotDone();

    shares.onCompleted(duty, GROUPS.get(0).sign(ROOT));

    assertThat(proof.join()).contains(GROUPS.get(0).sign(ROOT));
    assertThat(shares.completed(duty, 0).toCompletableFuture().join())
        .contains(GROUPS.get(0).sign(ROOT));
  }
}
