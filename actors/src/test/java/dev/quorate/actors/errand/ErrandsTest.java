/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.errand;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.actors.announce.Announcer;
import dev.quorate.actors.errand.Errands.Command;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.actors.validator.DistributedValidator.Assign;
import dev.quorate.beacon.client.IndexedValidator;
import dev.quorate.beacon.client.Submission;
import dev.quorate.beacon.client.ValidatorStatus;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.chain.Fork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ErrandsTest {
  private static final ActorTestKit KIT = ActorTestKit.create("errand", ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final int VALIDATORS = 2 * Chains.SLOTS_PER_EPOCH;
  private static final List<Bytes> KEYS =
      Stream.generate(() -> Group.generate().publicKey()).limit(VALIDATORS).toList();
  private static final SimulatedChain CHAIN = new SimulatedChain(Chains.of(Fork.FULU, KEYS));
  private static final long PERIOD_SLOTS =
      (long) DutyType.EPOCHS_PER_PERIOD * Chains.SLOTS_PER_EPOCH;
  private static final long PERIOD = 3 * PERIOD_SLOTS;
  private static final Bytes PAID = Bytes.fromHex("ab".repeat(20));
  private static final int GAS_LIMIT = 60_000_000;
  private static final Map<Bytes, IndexedValidator> KNOWN =
      IntStream.range(0, VALIDATORS)
          .boxed()
          .collect(
              Collectors.toMap(
                  KEYS::get, i -> new IndexedValidator(100 + i, ValidatorStatus.ACTIVE_ONGOING)));

  private final AtomicLong clock =
      new AtomicLong(CHAIN.times().startMillis(PERIOD + PERIOD_SLOTS / 2));
  private final AtomicBoolean sealed = new AtomicBoolean();
  private final Map<Long, Set<Bytes>> approvals = new ConcurrentHashMap<>();
  private final Inbox<Announcer.Command> announcer = Inbox.open(KIT);
  private final Map<Integer, Inbox<DistributedValidator.Command>> entities = new HashMap<>();
  private final List<AutoCloseable> opened = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable resource : opened) {
      resource.close();
    }
  }

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
  }

  private ActorRef<Command> start(Optional<Bytes> feeRecipient, OptionalInt gasLimit) {
    ActorRef<Command> errands =
        KIT.spawn(
            Errands.create(
                new Errands.Setup(
                    CHAIN.times(),
                    KEYS,
                    new Quorum(Group.OPERATORS),
                    Group.THRESHOLD,
                    2,
                    feeRecipient,
                    gasLimit,
                    clock::get,
                    sealed::get,
                    period ->
                        CompletableFuture.completedStage(approvals.getOrDefault(period, Set.of()))),
                announcer.ref()));
    opened.add(() -> KIT.stop(errands));
    return errands;
  }

  private ActorRef<Command> forExits() {
    return start(Optional.empty(), OptionalInt.empty());
  }

  private void register(ActorRef<Command> errands, int validator) {
    Inbox<DistributedValidator.Command> entity = Inbox.open(KIT);
    entities.put(validator, entity);
    errands.tell(new Errands.Register(validator, entity.ref()));
  }

  private Inbox<DistributedValidator.Command> entity(int validator) {
    return Objects.requireNonNull(entities.get(validator));
  }

  private void passSlot() {
    clock.addAndGet(Chains.SLOT_MILLIS);
    TIME.timePasses(Duration.ofMillis(Chains.SLOT_MILLIS));
  }

  private Assign exitOf(int validator) {
    Assign assign = (Assign) entity(validator).nextWhile(this::passSlot);
    assertThat(assign.context().id().type()).isEqualTo(DutyType.EXIT);
    return assign;
  }

  private static DutyId exit(long period, int validator) {
    return new DutyId(DutyType.EXIT, period, validator, 0);
  }

  // ---- exits

  @Test
  void nothingIsSignedWithoutAnApproval() {
    ActorRef<Command> errands = forExits();
    errands.tell(new Errands.Known(KNOWN));
    register(errands, 0);
    register(errands, 1);
    approvals.put(PERIOD, Set.of(KEYS.get(1)));
    approvals.put(PERIOD + PERIOD_SLOTS, Set.of(KEYS.get(0)));
    approvals.put(PERIOD - PERIOD_SLOTS, Set.of(KEYS.get(0)));

    assertThat(exitOf(1).context().id()).isEqualTo(exit(PERIOD, 1));
    assertThat(entity(0).poll(Inbox.BRIEFLY)).isEmpty();
  }

  @Test
  void whatIsSignedFollowsFromThePeriodWheneverItIsApproved() {
    approvals.put(PERIOD, Set.of(KEYS.get(3)));
    List<Assign> signed = new ArrayList<>();
    for (long slot : List.of(PERIOD, PERIOD + 777, PERIOD + PERIOD_SLOTS - 5)) {
      clock.set(CHAIN.times().startMillis(slot));
      ActorRef<Command> errands = forExits();
      errands.tell(new Errands.Known(KNOWN));
      register(errands, 3);
      signed.add(exitOf(3));
    }
    assertThat(signed).extracting(Assign::assignment).containsOnly(new Assignment.Exit(103));
    assertThat(signed.stream().map(assign -> assign.context().rule().given()).distinct())
        .hasSize(1);
    assertThat(signed)
        .extracting(assign -> assign.context().deadlineMillis())
        .containsOnly(CHAIN.times().startMillis(PERIOD + PERIOD_SLOTS));
  }

  @Test
  void anApprovalEndsWithItsPeriod() {
    approvals.put(PERIOD, Set.of(KEYS.get(0)));
    clock.set(CHAIN.times().startMillis(PERIOD + PERIOD_SLOTS));
    ActorRef<Command> errands = forExits();
    errands.tell(new Errands.Known(KNOWN));
    register(errands, 0);
    passSlot();
    assertThat(entity(0).poll(Inbox.BRIEFLY)).isEmpty();

    approvals.put(PERIOD + PERIOD_SLOTS, Set.of(KEYS.get(0)));
    assertThat(exitOf(0).context().id()).isEqualTo(exit(PERIOD + PERIOD_SLOTS, 0));
  }

  @Test
  void anEntityThatComesUpAgainIsGivenItAgainAndOneThatStaysIsNot() {
    approvals.put(PERIOD, Set.of(KEYS.get(0)));
    ActorRef<Command> errands = forExits();
    errands.tell(new Errands.Known(KNOWN));
    register(errands, 0);
    DutyId first = exitOf(0).context().id();
    passSlot();
    passSlot();
    assertThat(entity(0).poll(Inbox.BRIEFLY)).isEmpty();

    register(errands, 0);
    assertThat(exitOf(0).context().id()).isEqualTo(first);
  }

  @Test
  void whomTheChainDoesNotKnowYetLeavesOnceItDoes() {
    approvals.put(PERIOD, Set.of(KEYS.get(0)));
    ActorRef<Command> errands = forExits();
    register(errands, 0);
    passSlot();
    assertThat(entity(0).poll(Inbox.BRIEFLY)).isEmpty();

    errands.tell(new Errands.Known(KNOWN));
    exitOf(0);
  }

  @Test
  void whoseExitTheChainHasIsNotSentOutAgain() {
    approvals.put(PERIOD, Set.of(KEYS.get(0), KEYS.get(1)));
    ActorRef<Command> errands = forExits();
    Map<Bytes, IndexedValidator> validators = new HashMap<>(KNOWN);
    validators.put(KEYS.get(0), new IndexedValidator(100, ValidatorStatus.ACTIVE_EXITING));
    errands.tell(new Errands.Known(validators));
    register(errands, 0);
    register(errands, 1);
    passSlot();
    exitOf(1);
    assertThat(entity(0).poll(Inbox.BRIEFLY)).isEmpty();
  }

  @Test
  void aSealedPodIsGivenNothing() {
    approvals.put(PERIOD, Set.of(KEYS.get(0)));
    sealed.set(true);
    ActorRef<Command> errands = start(Optional.of(PAID), OptionalInt.of(GAS_LIMIT));
    errands.tell(new Errands.Known(KNOWN));
    register(errands, 0);
    passSlot();
    assertThat(entity(0).poll(Inbox.BRIEFLY)).isEmpty();

    sealed.set(false);
    assertThat(entity(0).nextWhile(this::passSlot)).isInstanceOf(Assign.class);
  }

  // ---- whom to pay

  private List<JsonNode> announced(String path) {
    while (true) {
      Submission told = ((Announcer.Announce) announcer.next()).submission();
      if (told.path().equals(path) && !told.items().isEmpty()) {
        return told.items().stream().map(item -> item.json().get()).toList();
      }
    }
  }

  @Test
  void eachEpochNodesAreToldWhomToPayForBlocksOfAllValidators() {
    ActorRef<Command> errands = start(Optional.of(PAID), OptionalInt.empty());
    for (int epoch = 0; epoch < 2; epoch++) {
      errands.tell(new Errands.Known(KNOWN));
      assertThat(announced("/eth/v1/validator/prepare_beacon_proposer"))
          .hasSize(VALIDATORS)
          .allSatisfy(
              item -> assertThat(item.path("fee_recipient").asText()).isEqualTo("0x" + PAID.hex()))
          .extracting(item -> item.path("validator_index").asInt())
          .containsExactlyInAnyOrderElementsOf(
              IntStream.range(100, 100 + VALIDATORS).boxed().toList());
    }
  }

  @Test
  void withoutAFeeRecipientNobodyIsPreparedOrRegistered() {
    ActorRef<Command> errands = start(Optional.empty(), OptionalInt.of(GAS_LIMIT));
    errands.tell(new Errands.Known(KNOWN));
    register(errands, 0);
    passSlot();
    assertThat(entity(0).poll(Inbox.BRIEFLY)).isEmpty();
    assertThat(((Announcer.Announce) announcer.next()).submission().items()).isEmpty();
  }

  // ---- what builders are told

  @Test
  void registrationsArePerPeriodTheSameAtWhateverTimeAndSpreadOverAnEpoch() {
    ActorRef<Command> errands = start(Optional.of(PAID), OptionalInt.of(GAS_LIMIT));
    for (int validator = 0; validator < VALIDATORS; validator++) {
      register(errands, validator);
    }
    long timestamp = CHAIN.times().startMillis(PERIOD) / 1000;
    for (int validator = 0; validator < VALIDATORS; validator++) {
      Assign assign = (Assign) entity(validator).nextWhile(this::passSlot);
      assertThat(assign.context().id())
          .isEqualTo(new DutyId(DutyType.BUILDER_REGISTRATION, PERIOD, validator, 0));
      Assignment.Registration registration = (Assignment.Registration) assign.assignment();
      assertThat(registration.message().timestamp()).isEqualTo(timestamp);
      assertThat(registration.message().feeRecipient()).isEqualTo(PAID);
      assertThat(registration.message().gasLimit()).isEqualTo(GAS_LIMIT);
      assertThat(registration.message().pubkey()).isEqualTo(KEYS.get(validator));
    }
  }

  @Test
  void signedRegistrationsAreToldAtOnceAndAgainEachEpoch() {
    ActorRef<Command> errands = start(Optional.of(PAID), OptionalInt.of(GAS_LIMIT));
    Bytes signature = Bytes.wrap(new byte[96]);
    for (int validator = 0; validator < 3; validator++) {
      errands.tell(
          new Errands.Finished(
              new DutyId(DutyType.BUILDER_REGISTRATION, PERIOD, validator, 0), signature));
      assertThat(announced("/eth/v1/validator/register_validator")).hasSize(1);
    }
    errands.tell(new Errands.Finished(exit(PERIOD, 0), signature));
    errands.tell(new Errands.Known(KNOWN));
    assertThat(announced("/eth/v1/validator/register_validator")).hasSize(3);
  }
}
