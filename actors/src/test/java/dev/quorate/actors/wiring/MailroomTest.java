/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.DistributedValidator.Command;
import dev.quorate.actors.validator.DistributedValidator.Deliver;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.consensus.duty.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three validators, four operators; shards and entities are inboxes. */
class MailroomTest {
  private final ActorTestKit kit =
      ActorTestKit.create(
          "mailroom",
          ConfigFactory.parseString("pekko.loglevel = OFF\npekko.actor.provider = local")
              .withFallback(ConfigFactory.load()));

  private final List<Inbox<Command>> shards =
      Stream.generate(() -> Inbox.<Command>open(kit)).limit(3).toList();
  private final PeerCounters counters = new PeerCounters(4);
  private final Set<Integer> up = ConcurrentHashMap.newKeySet();
  private final Set<Integer> here = ConcurrentHashMap.newKeySet();
  private final HandOvers handOvers = new HandOvers();
  private final Queue<HeadViews.Heard> heads = new ConcurrentLinkedQueue<>();
  private final AtomicLong nanos = new AtomicLong();
  private final ActorRef<Mailroom.Command> mailroom =
      kit.spawn(
          Behaviors.setup(context ->
              Behaviors.withTimers(timers ->
                  Mailroom.open(
                      new Mailroom.Setup(
                          3,
                          4,
                          validator -> shards.get(validator).ref(),
                          counters,
                          up,
                          here,
                          handOvers,
                          heads::add,
                          nanos::get,
                          _ -> {}),
                      context,
                      timers))));

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  private static DutyMessage status(int sender, int validator) {
    return new DutyMessage.Status(DutyId.attester(9, validator), sender, 1, Optional.empty(), 0);
  }

  private void send(int sender, int validator, int messages) {
    mailroom.tell(
        new Mailroom.Inbound(
            IntStream.range(0, messages).mapToObj(_ -> status(sender, validator)).toList()));
  }

  private static Deliver delivered(Inbox<Command> inbox) {
    return (Deliver) inbox.next();
  }

  private static void take(Deliver mail, int validator) {
    mail.receipts().orElseThrow().tell(new DistributedValidator.Receipt(validator, mail.serial()));
  }

  private long refused(int sender) {
    return counters.of(sender).refusals(Reason.BUFFER_FULL);
  }

  private static void await(BooleanSupplier condition) {
    Inbox.nextWhile(
        Thread::onSpinWait, () -> condition.getAsBoolean() ? Optional.of(true) : Optional.empty());
  }

  @Test
  void sortsTheMessagesOfAFrameByValidatorAndGivesEachItsOwnAtOnce() {
    mailroom.tell(
        new Mailroom.Inbound(List.of(status(1, 0), status(1, 2), status(1, 0), status(1, 2))));
    assertThat(delivered(shards.get(0)).messages()).containsExactly(status(1, 0), status(1, 0));
    assertThat(delivered(shards.get(2)).messages()).hasSize(2);
  }

  @Test
  void ofOneOperatorNoMoreWaitsAtAnEntityThanItsBoundUntilTheEntityTakesItIn() {
    send(1, 0, Mailroom.WAITING_PER_OPERATOR_MAX - 28);
    send(1, 0, 100);
    Deliver first = delivered(shards.get(0));
    assertThat(delivered(shards.get(0)).messages()).hasSize(28);
    assertThat(refused(1)).isEqualTo(72);

    // Neither another operator nor another validator suffers.
    send(2, 0, 3);
    assertThat(delivered(shards.get(0)).messages()).hasSize(3);
    send(1, 1, 3);
    assertThat(delivered(shards.get(1)).messages()).hasSize(3);

    take(first, 0);
    send(1, 0, Mailroom.WAITING_PER_OPERATOR_MAX);
    assertThat(delivered(shards.get(0)).messages()).hasSize(Mailroom.WAITING_PER_OPERATOR_MAX - 28);
  }

  @Test
  void chunksHaveABoundOfTheirOwnForAllEntitiesTogether() {
    sendChunks(1, 0, Mailroom.CHUNKS_PER_OPERATOR_MAX - 10);
    Deliver first = delivered(shards.get(0));
    sendChunks(1, 1, 20);
    assertThat(delivered(shards.get(1)).messages()).hasSize(10);
    assertThat(refused(1)).isEqualTo(10);

    // Neither other messages suffer nor another operator.
    send(1, 0, Mailroom.WAITING_PER_OPERATOR_MAX);
    assertThat(delivered(shards.get(0)).messages()).hasSize(Mailroom.WAITING_PER_OPERATOR_MAX);
    sendChunks(2, 1, 3);
    assertThat(delivered(shards.get(1)).messages()).hasSize(3);

    take(first, 0);
    sendChunks(1, 1, 20);
    Deliver more = delivered(shards.get(1));
    assertThat(more.messages()).hasSize(20);

    // What an entity in trouble never confirmed does not hold up others for ever.
    sendChunks(1, 2, Mailroom.CHUNKS_PER_OPERATOR_MAX - 30);
    delivered(shards.get(2));
    nanos.addAndGet(Mailroom.LOST_AFTER.toNanos() + 1);
    sendChunks(1, 0, 5);
    assertThat(delivered(shards.get(0)).messages()).hasSize(5);
  }

  private void sendChunks(int sender, int validator, int chunks) {
    DutyId duty = new DutyId(DutyType.PROPOSER, 9, validator, 0);
    mailroom.tell(
        new Mailroom.Inbound(
            IntStream.range(0, chunks)
                .<DutyMessage>mapToObj(i ->
                    new DutyMessage.Chunk(
                        duty, sender, Bytes32.ZERO, 1 << 24, i << 15, Bytes.wrap(new byte[1])))
                .toList()));
  }

  @Test
  void aHeadThatAnOperatorSaidIsKnownInAllPodsAndPassedOnOnce() {
    Inbox<Object> other = Inbox.open(kit);
    kit.system()
        .receptionist()
        .tell(Receptionist.register(Mailroom.MAILROOMS, other.ref().narrow()));
    HeadViews.Heard heard =
        new HeadViews.Heard(1, new HeadView(9, Bytes32.fromHex("ab".repeat(32))));
    assertThat(
            Inbox.nextWhile(
                () -> mailroom.tell(new Mailroom.HeadSaid(heard)), () -> other.poll(Inbox.BRIEFLY)))
        .isEqualTo(new Mailroom.HeadPassedOn(heard));
    assertThat(heads).contains(heard);

    while (other.poll(Inbox.BRIEFLY).isPresent()) {}
    heads.clear();
    mailroom.tell(new Mailroom.HeadPassedOn(heard));
    await(() -> heads.contains(heard));
    assertThat(other.poll(Inbox.BRIEFLY)).isEmpty();
  }

  @Test
  void whatIsForAnEntityHereGoesToNoOther() {
    Command told = new DistributedValidator.PeerConnected(3);
    mailroom.tell(new Mailroom.Here(0, told));
    Inbox<Command> entity = Inbox.open(kit);
    mailroom.tell(new Mailroom.CameUp(0, entity.ref()));
    mailroom.tell(new Mailroom.Here(0, told));
    assertThat(entity.next()).isEqualTo(told);
    assertThat(entity.poll(Inbox.BRIEFLY)).isEmpty();
    assertThat(shards.get(0).poll(Inbox.BRIEFLY)).isEmpty();
  }

  @Test
  void aReceiptStandsForAllMailBeforeIt() {
    send(1, 0, 60);
    send(1, 0, 60);
    delivered(shards.get(0));
    take(delivered(shards.get(0)), 0);
    send(1, 0, Mailroom.WAITING_PER_OPERATOR_MAX);
    assertThat(delivered(shards.get(0)).messages()).hasSize(Mailroom.WAITING_PER_OPERATOR_MAX);
  }

  @Test
  void aReceiptIsAskedForOnceInSomeMessagesOfWhomever() {
    for (int mail = 1; mail <= 2 * Mailroom.MESSAGES_PER_RECEIPT; mail++) {
      send(mail % 4, 0, 1);
      assertThat(delivered(shards.get(0)).receipts().isPresent())
          .isEqualTo(mail % Mailroom.MESSAGES_PER_RECEIPT == 0);
    }
  }

  @Test
  void messagesThatNoReceiptWasAskedForLeaveRoomForMoreThanAHundred() {
    int since = Mailroom.MESSAGES_PER_RECEIPT - 1;
    send(1, 0, since);
    assertThat(delivered(shards.get(0)).receipts()).isEmpty();

    send(1, 0, Mailroom.WAITING_PER_OPERATOR_MAX);
    Deliver rest = delivered(shards.get(0));
    assertThat(rest.messages()).hasSize(Mailroom.WAITING_PER_OPERATOR_MAX - since);
    take(rest, 0);
    send(1, 0, Mailroom.WAITING_PER_OPERATOR_MAX);
    assertThat(delivered(shards.get(0)).messages()).hasSize(Mailroom.WAITING_PER_OPERATOR_MAX);
  }

  @Test
  void receiptsThatGotLostAreWaitedForNoLongerThanSoLong() {
    send(1, 0, Mailroom.WAITING_PER_OPERATOR_MAX);
    delivered(shards.get(0));
    nanos.addAndGet(Mailroom.LOST_AFTER.toNanos());
    send(1, 0, 1);
    await(() -> refused(1) == 1);
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(1));
    send(1, 0, 1);
    assertThat(delivered(shards.get(0)).messages()).hasSize(1);
  }

  @Test
  void mailGoesStraightToAnEntityFromItsBeginToItsEnd() {
    Inbox<Command> first = Inbox.open(kit);
    mailroom.tell(new Mailroom.CameUp(0, first.ref()));
    send(1, 0, Mailroom.WAITING_PER_OPERATOR_MAX);
    assertThat(delivered(first).messages()).hasSize(Mailroom.WAITING_PER_OPERATOR_MAX);
    assertThat(here).containsExactly(0);

    kit.stop(first.ref());
    await(up::isEmpty);
    assertThat(here).isEmpty();

    // Its next life, in another pod, has nothing waiting.
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(250));
    Inbox<Command> second = Inbox.open(kit);
    mailroom.tell(new Mailroom.Roster(new TreeMap<>(Map.of(0, second.ref()))));
    send(1, 0, 1);
    assertThat(delivered(second).messages()).hasSize(1);
    assertThat(up).containsExactly(0);
    assertThat(here).isEmpty();
    assertThat(handOvers.moves()).isEqualTo(1);
    assertThat(handOvers.longestMillis()).isEqualTo(250);
  }

  @Test
  void theEndOfAnEntityDoesNotTakeItsSuccessorAway() {
    Inbox<Command> first = Inbox.open(kit);
    Inbox<Command> second = Inbox.open(kit);
    mailroom.tell(new Mailroom.CameUp(0, first.ref()));
    mailroom.tell(new Mailroom.CameUp(0, second.ref()));
    kit.stop(first.ref());
    send(1, 0, 1);
    assertThat(delivered(second).messages()).hasSize(1);
    assertThat(up).containsExactly(0);
  }

  private void roster(Inbox<Command> entity) {
    mailroom.tell(new Mailroom.Roster(new TreeMap<>(Map.of(0, entity.ref()))));
  }

  @Test
  void aRosterThatWasOvertakenHidesNoEntity() {
    Inbox<Command> before = Inbox.open(kit);
    Inbox<Command> now = Inbox.open(kit);
    roster(before);
    roster(now);
    roster(before);
    send(1, 0, 1);
    assertThat(delivered(now).messages()).hasSize(1);

    kit.stop(before.ref());
    roster(before);
    now.nextWhile(() -> send(1, 0, 1));
    assertThat(up).containsExactly(0);
  }

  /** Its end here was seen, after it had come up in another pod. */
  private void moves(Inbox<Command> before, Inbox<Command> now) {
    mailroom.tell(new Mailroom.CameUp(0, before.ref()));
    await(() -> here.contains(0));
    roster(now);
    kit.stop(before.ref());
    await(here::isEmpty);
  }

  @Test
  void aRosterThatNamesAnEntityWhoseEndWasSeenCountsForNothing() {
    Inbox<Command> before = Inbox.open(kit);
    Inbox<Command> now = Inbox.open(kit);
    moves(before, now);
    roster(before);
    send(1, 0, 1);
    assertThat(delivered(now).messages()).hasSize(1);
    assertThat(handOvers.moves()).isEqualTo(1);
  }

  @Test
  void whatGoesTheWayOfTheMailComesBehindIt() {
    Inbox<Command> entity = Inbox.open(kit);
    mailroom.tell(new Mailroom.CameUp(0, entity.ref()));
    send(1, 0, 2);
    Command behind = new DistributedValidator.PeerConnected(2);
    mailroom.tell(new Mailroom.Behind(entity.ref(), behind));
    assertThat(delivered(entity).messages()).hasSize(2);
    assertThat(entity.next()).isEqualTo(behind);
  }

  @Test
  void thePodThatAnEntityLeftDoesNotCountItAnyMore() {
    moves(Inbox.open(kit), Inbox.open(kit));
    assertThat(up).containsExactly(0);
  }

  @Test
  void mailroomsTellOneAnotherWhatCameUpWithThem() {
    Inbox<Command> entity = Inbox.open(kit);
    mailroom.tell(new Mailroom.CameUp(1, entity.ref()));
    Inbox<Mailroom.Roster> other = Inbox.open(kit);
    kit.system().receptionist().tell(Receptionist.register(Mailroom.MAILROOMS, other.ref()));
    assertThat(other.next().entities()).containsExactly(Map.entry(1, entity.ref()));

    Inbox<Command> later = Inbox.open(kit);
    mailroom.tell(new Mailroom.CameUp(2, later.ref()));
    Inbox.nextWhile(
        () -> {},
        () ->
            Optional.of(other.next().entities())
                .filter(entities -> later.ref().equals(entities.get(2))));
  }
}
