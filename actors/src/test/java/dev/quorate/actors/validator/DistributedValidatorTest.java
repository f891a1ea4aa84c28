/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.quorate.actors.aggregate.Aggregator;
import dev.quorate.actors.broadcast.Broadcaster;
import dev.quorate.actors.fixture.Chains;
import dev.quorate.actors.fixture.Group;
import dev.quorate.actors.fixture.Inbox;
import dev.quorate.actors.sign.EmbeddedShares;
import dev.quorate.actors.validator.DistributedValidator.Assign;
import dev.quorate.actors.validator.DistributedValidator.Command;
import dev.quorate.actors.validator.DistributedValidator.Deliver;
import dev.quorate.actors.validator.DistributedValidator.Describe;
import dev.quorate.actors.validator.DistributedValidator.Expire;
import dev.quorate.actors.validator.DistributedValidator.FinishThenStop;
import dev.quorate.actors.validator.DistributedValidator.Journaled;
import dev.quorate.actors.validator.DistributedValidator.PeerConnected;
import dev.quorate.actors.validator.DistributedValidator.Tell;
import dev.quorate.beacon.simulator.SimulatedChain;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyContext;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Proof;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.RoundTimes;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.consensus.quorum.Quorum;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttestationRule;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.fence.Activation;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import dev.quorate.persistence.store.OperatorIdentity;
import dev.quorate.persistence.value.LargeValues;
import dev.quorate.wire.Outgoing;
import dev.quorate.wire.WireLimits;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.testkit.JournalOperation;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.PersistenceTestKitSnapshotPlugin;
import org.apache.pekko.persistence.testkit.ProcessingPolicy;
import org.apache.pekko.persistence.testkit.ProcessingResult;
import org.apache.pekko.persistence.testkit.ProcessingSuccess;
import org.apache.pekko.persistence.testkit.StorageFailure;
import org.apache.pekko.persistence.testkit.WriteEvents;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.apache.pekko.persistence.testkit.javadsl.SnapshotTestKit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Operator 3 of four, with its real guard, fence and key share; the journal is in memory, in the
 * form in which a database would hold it, and time passes by hand.
 */
class DistributedValidatorTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create(
          "validator",
          ConfigFactory.parseString("pekko.loglevel = OFF")
              .withFallback(ManualTime.config())
              .withFallback(PersistenceTestKitPlugin.config())
              .withFallback(PersistenceTestKitSnapshotPlugin.config()));
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final PersistenceTestKit JOURNAL = PersistenceTestKit.create(KIT.system());
  private static final SnapshotTestKit SNAPSHOTS = SnapshotTestKit.create(KIT.system());
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final SimulatedChain CHAIN =
      new SimulatedChain(Chains.of(Fork.FULU, List.of(Group.generate().publicKey())));
  private static final Quorum QUORUM = new Quorum(Group.OPERATORS);
  private static final RoundTimes ROUNDS = new RoundTimes(1_000, 4_000);
  private static final int SELF = 3;

  /** A slot whose first round this operator leads: (80 + 2 + 1) mod 4. */
  private static final long SLOT = 80;

  /** Of the next epoch, and led by this operator as well. */
  private static final long NEXT_SLOT = 88;

  private static final int EVENTS_PER_SNAPSHOT = 100;

  private static OperatorDatabase database;
  private static VoteFence fence;
  private static LargeValues values;

  private final DepotBudget depots = new DepotBudget(Group.OPERATORS);
  private final Doubles doubles = new Doubles(CHAIN.times().spec(), SELF);
  private final Group group = Group.generate();
  private final String persistenceId =
      DistributedValidator.TYPE.name() + "|" + group.publicKey().hex();
  private final AtomicLong clock = new AtomicLong(CHAIN.times().startMillis(SLOT));

  /** What happened, in order: votes, questions to the guard, rows, signing, partials. */
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private final BlockingQueue<Outgoing> outbox = new LinkedBlockingQueue<>();
  private final BlockingQueue<Runnable> unsigned = new LinkedBlockingQueue<>();
  private final BlockingQueue<DutyId> refreshes = new LinkedBlockingQueue<>();
  private final BlockingQueue<DutyId> wanted = new LinkedBlockingQueue<>();
  private final BlockingQueue<DutyId> signed = new LinkedBlockingQueue<>();
  private final Map<DutyId, Bytes> finished = new ConcurrentHashMap<>();
  private final BlockingQueue<ActorRef<Command>> registered = new LinkedBlockingQueue<>();
  private final BlockingQueue<DutyOutcome> ended = new LinkedBlockingQueue<>();
  private final DutyFigures figures = new DutyFigures((_, outcome) -> ended.add(outcome));
  private final Inbox<Broadcaster.Command> broadcaster = Inbox.open(KIT);
  private final List<ActorRef<Command>> entities = new ArrayList<>();

  /** The way of the mail, which takes no time unless a test says so. */
  private volatile BiConsumer<ActorRef<Command>, Command> mail = ActorRef::tell;

  private SigningGuard guard;
  private volatile String unwritable = "";

  /** The guard looks at its clock once for every question. */
  private final class LoggingClock implements SigningGuard.Clock {
    @Override
    public long currentEpoch() {
      log.add("guard");
      return CHAIN.spec().epochOf(currentSlot());
    }

    @Override
    public long currentSlot() {
      return CHAIN.times().slotAt(clock.get());
    }
  }

  private final class LoggingJournal implements ProcessingPolicy<JournalOperation> {
    @Override
    public ProcessingResult tryProcess(String id, JournalOperation operation) {
      if (operation instanceof WriteEvents write) {
        for (Object row : write.getBatch()) {
          String event = ((ChainedEvent) row).event().getClass().getSimpleName();
          log.add(event);
          if (event.equals(unwritable)) {
            return StorageFailure.create();
          }
        }
      }
      return ProcessingSuccess.getInstance();
    }
  }

  private record AnyProof() implements Proof {}

  @BeforeAll
  static void openDatabase(@TempDir Path folder) {
    database =
        OperatorDatabase.open(
            DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("db")),
            new OperatorIdentity(
                Bytes.wrap(new byte[32]), Bytes32.ZERO, CHAIN.genesis().validatorsRoot()));
    fence = new VoteFence(database);
    values = new LargeValues(database);
  }

  @BeforeEach
  void watchGuardAndJournal() {
    guard = new SigningGuard(database, new LoggingClock());
    JOURNAL.withPolicy(new LoggingJournal());
  }

  @AfterEach
  void stop() {
    entities.forEach(KIT::stop);
    guard.close();
  }

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
    fence.close();
    values.close();
    database.close();
  }

  // ---- set-up

  private ActorRef<Command> start() {
    return start(Runnable::run);
  }

  private ActorRef<Command> start(Executor crypto) {
    Services services =
        new Services(
            fence,
            new Rivals(CHAIN.times()),
            doubles,
            guard,
            values,
            depots,
            new EmbeddedShares(
                Map.of(0, group.shares().get(SELF)),
                task -> {
                  log.add("sign");
                  crypto.execute(task);
                }),
            aggregator(),
            broadcaster.ref(),
            SELF,
            outgoing -> {
              switch (outgoing) {
                case Outgoing.Cast cast -> log.add(cast.vote().kind().name());
                case Outgoing.Broadcast(DutyMessage.Partial _) -> log.add("partial");
                case Outgoing.Broadcast _, Outgoing.Unicast _ -> {}
              }
              outbox.add(outgoing);
            },
            new Desk() {
              @Override
              public void register(
                  int validator, ActorRef<Command> entity, Set<DutyId> unfinished) {
                assertThat(validator).isZero();
                registered.add(entity);
              }

              @Override
              public void behindMail(ActorRef<Command> entity, Command command) {
                mail.accept(entity, command);
              }

              @Override
              public void signed(DutyId duty) {
                signed.add(duty);
              }

              @Override
              public void finished(DutyId duty, Value value, Bytes signature) {
                finished.put(duty, signature);
              }

              @Override
              public void wanted(DutyId duty) {
                wanted.add(duty);
              }

              @Override
              public void refresh(DutyId duty) {
                refreshes.add(duty);
              }
            },
            figures,
            clock::get,
            new QuietTime(CHAIN.times(), clock::get),
            Activation::random);
    ActorRef<Command> entity =
        KIT.spawn(DistributedValidator.create(new Identity(0, group.publicKey()), services));
    entities.add(entity);
    return entity;
  }

  /** Answers at once with the group's signature. */
  private ActorRef<Aggregator.Command> aggregator() {
    return KIT.spawn(
        Behaviors.receiveMessage(command -> {
          if (command instanceof Aggregator.Combine combine) {
            combine
                .replyTo()
                .tell(
                    new Aggregator.Answer(
                        combine.duty(),
                        new DutyInput.Combined(
                            group.sign(combine.root()),
                            List.copyOf(combine.partials().keySet()),
                            List.of())));
          }
          return Behaviors.same();
        }));
  }

  private static DutyId duty(long slot) {
    return DutyId.attester(slot, 0);
  }

  private AttesterDuty definition(long slot) {
    return new AttesterDuty(group.publicKey(), 7, 1, 128, 4, 5, slot);
  }

  private Assign assign(long slot) {
    return new Assign(
        new DutyContext(
            duty(slot),
            QUORUM,
            Group.THRESHOLD,
            SELF,
            slot,
            ROUNDS,
            new AttestationRule(CHAIN.spec(), CHAIN.genesis(), definition(slot)),
            CHAIN.times().attestationDueMillis(slot),
            CHAIN.times().inclusionDeadlineMillis(slot)),
        new Assignment.Attestation(definition(slot)));
  }

  private static Value value(long slot) {
    return new Value(CHAIN.attestationData(slot).encode());
  }

  private Bytes32 root(long slot) {
    return new AttestationRule(CHAIN.spec(), CHAIN.genesis(), definition(slot))
        .signable(value(slot))
        .orElseThrow()
        .root();
  }

  private static Tell ownValues(long slot, Value... values) {
    return new Tell(duty(slot), new DutyInput.OwnValues(List.of(values)));
  }

  private static DutyMessage cast(Vote vote, Optional<Value> value) {
    return new DutyMessage.Agreement(
        new QbftMessage.Cast(new SignedVote(vote, new AnyProof()), List.of(), value));
  }

  private static DutyMessage cast(Vote vote) {
    return cast(vote, Optional.empty());
  }

  /** What operators 0 to 2 decided without this one. */
  private static DutyMessage decided(long slot) {
    Value value = value(slot);
    List<SignedVote> commits =
        IntStream.range(0, 3)
            .mapToObj(operator ->
                new SignedVote(
                    new Vote.Commit(duty(slot), operator, 1, value.hash()), new AnyProof()))
            .toList();
    return new DutyMessage.Agreement(
        new QbftMessage.Decided(duty(slot), 0, new Decision(1, value, commits)));
  }

  /** What operators said, and nobody counts. */
  private static Deliver deliver(List<DutyMessage> messages) {
    return new Deliver(messages, 1, Optional.empty());
  }

  private DutyMessage partial(long slot, int operator) {
    return new DutyMessage.Partial(
        duty(slot), operator, root(slot), group.partial(operator, root(slot)));
  }

  private Outgoing.Broadcast ownPartial(long slot) {
    return new Outgoing.Broadcast(partial(slot, SELF));
  }

  private void passTo(long unixMillis) {
    long step = unixMillis - clock.getAndSet(unixMillis);
    TIME.timePasses(Duration.ofMillis(step));
  }

  private static <T> T next(BlockingQueue<T> queue) {
    return Inbox.nextWhile(() -> {}, () -> Optional.ofNullable(queue.poll()));
  }

  private Outgoing.Cast nextVote() {
    while (true) {
      if (next(outbox) instanceof Outgoing.Cast cast) {
        return cast;
      }
    }
  }

  /** A link hands every operator its own votes back, with their proof. */
  private void comesBack(ActorRef<Command> entity, Outgoing.Cast cast) {
    entity.tell(deliver(List.of(cast(cast.vote(), cast.value()))));
  }

  private Journaled describe(ActorRef<Command> entity) {
    TestProbe<Journaled> probe = KIT.createTestProbe();
    entity.tell(new Describe(probe.getRef()));
    return probe.receiveMessage(PATIENCE);
  }

  /** The entity has taken what was told before, and the fence has answered what it asked. */
  private void settle(ActorRef<Command> entity) {
    describe(entity);
    await(fence.claim(group.publicKey(), duty(1), Activation.random()));
    describe(entity);
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  private List<ChainedEvent> rows() {
    return JOURNAL.persistedInStorage(persistenceId).stream()
        .map(ChainedEvent.class::cast)
        .toList();
  }

  /** Waits for so many rows, and holds that each follows the one before. */
  private List<DutyEvent> events(int count) {
    List<ChainedEvent> rows =
        Inbox.nextWhile(() -> {}, () -> Optional.of(rows()).filter(some -> some.size() >= count));
    lastHash(Bytes32.ZERO, rows);
    return rows.stream().map(ChainedEvent::event).toList();
  }

  private static Bytes32 lastHash(Bytes32 before, List<ChainedEvent> rows) {
    Bytes32 last = before;
    for (ChainedEvent row : rows) {
      last = row.hashAfter(last);
    }
    return last;
  }

  private ActorRef<Command> restart(ActorRef<Command> entity) {
    KIT.stop(entity);
    log.clear();
    outbox.clear();
    return start();
  }

  // ---- values that are too large for messages and rows

  /** Led by operator 2 in the first round: (80 + 1 + 1) mod 4. */
  private static final DutyId BLOCK = new DutyId(DutyType.PROPOSER, SLOT, 0, 0);

  private static final Value LARGE = new Value(Bytes.wrap(new byte[3 * WireLimits.CHUNK_BYTES]));

  /** Takes every value for a block, which is signed as it is. */
  private record AnyBlock() implements DutyRule {
    @Override
    public Optional<Value> given() {
      return Optional.empty();
    }

    @Override
    public Verdict judge(Value proposed, List<Value> own) {
      assertThat(proposed.isWhole()).isTrue();
      return new Verdict.Accepted();
    }

    @Override
    public Optional<Signable> signable(Value decided) {
      assertThat(decided.isWhole()).isTrue();
      return Optional.of(new Signable(decided.hash(), 0, SLOT));
    }
  }

  private Assign assignBlock() {
    return new Assign(
        new DutyContext(
            BLOCK,
            QUORUM,
            Group.THRESHOLD,
            SELF,
            SLOT,
            ROUNDS,
            new AnyBlock(),
            CHAIN.times().startMillis(SLOT),
            CHAIN.times().startMillis(SLOT + 1)),
        new Assignment.AggregatorSelection());
  }

  private static Optional<Value> named() {
    return Optional.of(Value.named(LARGE.hash()));
  }

  private static DutyMessage proposal() {
    return cast(new Vote.PrePrepare(BLOCK, 2, 1, LARGE.hash()), named());
  }

  private static List<DutyMessage> chunks(int sender) {
    return List.copyOf(Depot.chunks(BLOCK, sender, LARGE, 0));
  }

  private static DutyMessage decidedBlock() {
    List<SignedVote> commits =
        IntStream.range(0, 3)
            .mapToObj(operator ->
                new SignedVote(new Vote.Commit(BLOCK, operator, 1, LARGE.hash()), new AnyProof()))
            .toList();
    return new DutyMessage.Agreement(
        new QbftMessage.Decided(BLOCK, 0, new Decision(1, Value.named(LARGE.hash()), commits)));
  }

  private Outgoing.Unicast nextUnicast() {
    while (true) {
      if (next(outbox) instanceof Outgoing.Unicast unicast) {
        return unicast;
      }
    }
  }

  @Test
  void nobodyVotesForAValueBeforeAllOfItIsHere() {
    ActorRef<Command> entity = start();
    entity.tell(assignBlock());
    entity.tell(deliver(List.of(proposal())));
    entity.tell(deliver(chunks(2).subList(0, 2)));
    settle(entity);
    assertThat(log).doesNotContain("PREPARE");
    entity.tell(deliver(chunks(2).subList(2, 3)));
    assertThat(nextVote().vote()).isEqualTo(new Vote.Prepare(BLOCK, SELF, 1, LARGE.hash()));
  }

  /** An operator that is a little ahead pushes before this one has heard of the duty. */
  @Test
  void aProposalOfADutyThatIsNotAssignedYetWaitsOutsideTheCore() {
    ActorRef<Command> entity = start();
    entity.tell(deliver(chunks(2)));
    entity.tell(deliver(List.of(proposal())));
    settle(entity);
    entity.tell(assignBlock());
    assertThat(nextVote().vote()).isEqualTo(new Vote.Prepare(BLOCK, SELF, 1, LARGE.hash()));
  }

  @Test
  void whatCameOfADutyThatNobodyOpensIsDropped() {
    ActorRef<Command> entity = start();
    entity.tell(deliver(chunks(2)));
    settle(entity);
    TIME.timePasses(Duration.ofMillis(Depot.UNOPENED_MILLIS - 1));
    settle(entity);
    assertThat(depots.bytes()).isPositive();
    TIME.timePasses(Duration.ofMillis(1));
    settle(entity);
    assertThat(depots.bytes()).isZero();
  }

  @Test
  void aValueThatDoesNotComeIsAskedForOfWhoeverNamedIt() {
    ActorRef<Command> entity = start();
    entity.tell(assignBlock());
    entity.tell(deliver(List.of(proposal())));
    settle(entity);
    TIME.timePasses(Duration.ofMillis(Depot.LOOK_MILLIS));
    assertThat(nextUnicast())
        .isEqualTo(new Outgoing.Unicast(2, new DutyMessage.Pull(BLOCK, SELF, LARGE.hash(), 0)));
    entity.tell(deliver(chunks(2)));
    assertThat(nextVote().vote()).isEqualTo(new Vote.Prepare(BLOCK, SELF, 1, LARGE.hash()));
    // And whoever lacks it now is answered.
    entity.tell(
        deliver(List.of(new DutyMessage.Pull(BLOCK, 1, LARGE.hash(), WireLimits.CHUNK_BYTES))));
    assertThat(List.of(nextUnicast(), nextUnicast()))
        .containsExactlyElementsOf(
            Depot.chunks(BLOCK, SELF, LARGE, WireLimits.CHUNK_BYTES).stream()
                .map(chunk -> new Outgoing.Unicast(1, chunk))
                .toList());
  }

  @Test
  void theLeaderPushesItsValueOnceAheadOfItsProposal() {
    ActorRef<Command> entity = start();
    Assign led = assignBlock();
    DutyContext context = led.context();
    entity.tell(
        new Assign(
            new DutyContext(
                BLOCK,
                QUORUM,
                Group.THRESHOLD,
                SELF,
                SLOT + 1,
                ROUNDS,
                context.rule(),
                context.beginMillis(),
                context.deadlineMillis()),
            led.assignment()));
    entity.tell(new Tell(BLOCK, new DutyInput.OwnValues(List.of(LARGE))));
    settle(entity);
    TIME.timePasses(Duration.ofMillis(1));
    List<Outgoing> sent = List.of(next(outbox), next(outbox), next(outbox), next(outbox));
    assertThat(sent.subList(0, 3))
        .isEqualTo(chunks(SELF).stream().map(Outgoing.Broadcast::new).toList());
    assertThat(sent.getLast())
        .isEqualTo(
            new Outgoing.Cast(
                new Vote.PrePrepare(BLOCK, SELF, 1, LARGE.hash()), List.of(), Optional.of(LARGE)));
  }

  @Test
  void theRowsNameWhatTheTableHoldsAndARestartedOperatorSignsAndPublishesIt() {
    ActorRef<Command> entity = start(unsigned::add);
    entity.tell(assignBlock());
    entity.tell(deliver(List.of(decidedBlock())));
    entity.tell(deliver(chunks(0)));
    assertThat(events(1).getFirst())
        .isInstanceOfSatisfying(
            DutyEvent.Intended.class,
            intent -> assertThat(intent.value()).isEqualTo(Value.named(LARGE.hash())));
    // It was there before the row.
    assertThat(await(values.load(LARGE.hash()))).contains(LARGE);
    next(unsigned);

    ActorRef<Command> restarted = restart(entity);
    restarted.tell(assignBlock());
    assertThat(events(2).getLast()).isInstanceOf(DutyEvent.Shared.class);
    restarted.tell(
        deliver(
            IntStream.range(0, 2)
                .<DutyMessage>mapToObj(operator ->
                    new DutyMessage.Partial(
                        BLOCK, operator, LARGE.hash(), group.partial(operator, LARGE.hash())))
                .toList()));
    assertThat(events(3).getLast()).isInstanceOf(DutyEvent.Completed.class);
    Inbox.nextWhile(() -> {}, () -> Optional.ofNullable(finished.get(BLOCK)));
    assertThat(depots.bytes()).isPositive();
    KIT.stop(restarted);
    entities.remove(restarted);
    Inbox.nextWhile(() -> {}, () -> Optional.of(depots.bytes()).filter(bytes -> bytes == 0));
  }

  @Test
  void aDutyWhoseValueIsGoneEndsWithTheReason() {
    ActorRef<Command> entity = start(unsigned::add);
    entity.tell(assignBlock());
    entity.tell(deliver(List.of(decidedBlock())));
    entity.tell(deliver(chunks(0)));
    events(1);
    next(unsigned);
    values.prune(SLOT + 1);

    ActorRef<Command> restarted = restart(entity);
    restarted.tell(assignBlock());
    assertThat(events(2).getLast())
        .isInstanceOfSatisfying(
            DutyEvent.Failed.class,
            failed -> assertThat(failed.reason()).isEqualTo(Reason.INTERRUPTED));
    assertThat(log).doesNotContain("sign");
  }

  // ---- the life of a duty

  @Test
  void nothingHappensBeforeWhatItRestsOnIsDurable() {
    ActorRef<Command> entity = start();
    assertThat(next(registered)).isEqualTo(entity);
    entity.tell(assign(SLOT));
    entity.tell(ownValues(SLOT, value(SLOT)));
    settle(entity);
    passTo(CHAIN.times().attestationDueMillis(SLOT) - 1);
    settle(entity);
    assertThat(outbox).isEmpty();

    passTo(CHAIN.times().attestationDueMillis(SLOT));
    Outgoing.Cast proposal = nextVote();
    assertThat(proposal.vote())
        .isEqualTo(new Vote.PrePrepare(duty(SLOT), SELF, 1, value(SLOT).hash()));
    assertThat(proposal.value()).contains(value(SLOT));
    assertThat(await(fence.claim(group.publicKey(), duty(SLOT), Activation.random())))
        .isEqualTo(new FenceVerdict.Foreign(Reason.FENCED));
    comesBack(entity, proposal);
    comesBack(entity, nextVote());
    entity.tell(
        deliver(
            List.of(
                cast(new Vote.Prepare(duty(SLOT), 0, 1, value(SLOT).hash())),
                cast(new Vote.Prepare(duty(SLOT), 1, 1, value(SLOT).hash())))));
    comesBack(entity, nextVote());
    entity.tell(
        deliver(
            List.of(
                cast(new Vote.Commit(duty(SLOT), 0, 1, value(SLOT).hash())),
                cast(new Vote.Commit(duty(SLOT), 1, 1, value(SLOT).hash())))));
    assertThat(next(outbox)).isEqualTo(ownPartial(SLOT));

    entity.tell(deliver(List.of(partial(SLOT, 0), partial(SLOT, 1))));
    Broadcaster.Submit submit = (Broadcaster.Submit) broadcaster.next();
    assertThat(submit.duty()).isEqualTo(duty(SLOT));
    assertThat(submit.value()).isEqualTo(value(SLOT));
    assertThat(submit.assignment()).isEqualTo(new Assignment.Attestation(definition(SLOT)));
    assertThat(submit.signature()).isEqualTo(group.sign(root(SLOT)));
    assertThat(finished).isEqualTo(Map.of(duty(SLOT), submit.signature()));
    submit.replyTo().tell(new Broadcaster.Answer(duty(SLOT), SubmissionOutcome.ACCEPTED));
    assertThat(next(ended))
        .isEqualTo(new DutyOutcome.Broadcast(SubmissionOutcome.ACCEPTED, 1, 0, value(SLOT).hash()));

    assertThat(log)
        .containsExactly(
            "PRE_PREPARE",
            "PREPARE",
            "COMMIT",
            "guard",
            "Intended",
            "sign",
            "Shared",
            "partial",
            "Completed");
    List<DutyEvent> events = events(3);
    assertThat(((DutyEvent.Intended) events.get(0)).value()).isEqualTo(value(SLOT));
    assertThat(((DutyEvent.Shared) events.get(1)).signature())
        .isEqualTo(group.partial(SELF, root(SLOT)));
    assertThat(((DutyEvent.Completed) events.get(2)).signature()).isEqualTo(group.sign(root(SLOT)));
    assertThat(describe(entity).lastHash()).isEqualTo(lastHash(Bytes32.ZERO, rows()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Intended", "Shared", "Completed"})
  void whatRestsOnARowThatCannotBeWrittenDoesNotHappen(String row) {
    unwritable = row;
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    entity.tell(deliver(List.of(decided(SLOT), partial(SLOT, 0), partial(SLOT, 1))));
    KIT.createTestProbe().expectTerminated(entity, PATIENCE);
    assertThat(log)
        .containsExactlyElementsOf(
            List.of("guard", "Intended", "sign", "Shared", "partial", "Completed")
                .subList(
                    0,
                    1
                        + List.of("guard", "Intended", "sign", "Shared", "partial", "Completed")
                            .indexOf(row)));
    assertThat(broadcaster.poll(Inbox.BRIEFLY)).isEmpty();
  }

  @Test
  void aDutyThatNobodyProposedEndsAtItsDeadlineAndIsClosed() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    settle(entity);
    passTo(CHAIN.times().inclusionDeadlineMillis(SLOT));
    assertThat(next(ended)).isEqualTo(new DutyOutcome.Missed(Reason.NO_PROPOSAL, Optional.empty()));
    assertThat(figures.missed()).isEqualTo(Map.of(Reason.NO_PROPOSAL, 1L));
    assertThat(events(1))
        .singleElement()
        .isInstanceOfSatisfying(
            DutyEvent.Failed.class,
            failed -> assertThat(failed.reason()).isEqualTo(Reason.NO_PROPOSAL));
    entity.tell(deliver(List.of(decided(SLOT))));
    describe(entity);
    assertThat(figures.discarded()).isEqualTo(Map.of(Reason.TOO_LATE, 1L));
  }

  @Test
  void aProposalThatDiffersMakesTheNodesBeAskedAgain() {
    long slot = SLOT + 1;
    AttestationData data = CHAIN.attestationData(slot);
    Value other =
        new Value(
            new AttestationData(
                    slot,
                    0,
                    data.beaconBlockRoot(),
                    new Checkpoint(data.source().epoch(), Bytes32.sha256(new byte[] {1})),
                    data.target())
                .encode());
    ActorRef<Command> entity = start();
    entity.tell(assign(slot));
    entity.tell(ownValues(slot, value(slot)));
    settle(entity);
    passTo(CHAIN.times().attestationDueMillis(slot));
    // (81 + 2 + 1) mod 4
    entity.tell(
        deliver(
            List.of(
                cast(new Vote.PrePrepare(duty(slot), 0, 1, other.hash()), Optional.of(other)))));
    assertThat(next(refreshes)).isEqualTo(duty(slot));
    assertThat(outbox).isEmpty();
    entity.tell(ownValues(slot, value(slot), other));
    assertThat(nextVote().vote()).isEqualTo(new Vote.Prepare(duty(slot), SELF, 1, other.hash()));
  }

  @Test
  void goesAlongWhereOthersProveSelectionsFarAheadAndNowhereElse() {
    DutyId ahead = duty(SLOT + 40).sibling(DutyType.PREPARE_AGGREGATOR);
    DutyId begun = duty(SLOT + 20).sibling(DutyType.PREPARE_AGGREGATOR);
    ActorRef<Command> entity = start();
    entity.tell(
        Assign.of(
            begun,
            begun.slot(),
            QUORUM,
            Group.THRESHOLD,
            SELF,
            ROUNDS,
            CHAIN.times(),
            new Assignment.AggregatorSelection()));
    entity.tell(
        deliver(
            List.of(
                new DutyMessage.Status(duty(SLOT), 1, 0, Optional.empty(), 0),
                new DutyMessage.Status(begun, 1, 0, Optional.empty(), 0),
                new DutyMessage.Status(ahead, 1, 0, Optional.empty(), 0))));
    describe(entity);
    assertThat(wanted).containsExactly(ahead);
  }

  @Test
  void aRoundWhoseTimeIsUpEndsBehindTheMailThatWaits() {
    BlockingQueue<Command> way = new LinkedBlockingQueue<>();
    mail = (_, command) -> way.add(command);
    long slot = SLOT + 1;
    ActorRef<Command> entity = start();
    entity.tell(assign(slot));
    entity.tell(ownValues(slot, value(slot)));
    settle(entity);
    passTo(CHAIN.times().attestationDueMillis(slot));
    settle(entity);
    passTo(CHAIN.times().attestationDueMillis(slot) + ROUNDS.millis(1));
    // That of the nudge in mid-round, too.
    List<Command> behindMail = List.of(next(way), next(way));
    settle(entity);
    assertThat(outbox).as("nothing is said of silence").isEmpty();
    behindMail.forEach(entity::tell);
    assertThat(nextVote().vote()).isInstanceOf(Vote.RoundChange.class);
  }

  @Test
  void mailIsAnsweredWhereAReceiptIsDue() {
    TestProbe<DistributedValidator.Receipt> mailroom = KIT.createTestProbe();
    ActorRef<Command> entity = start();
    entity.tell(deliver(List.of(partial(SLOT, 0))));
    entity.tell(new Deliver(List.of(partial(SLOT, 1)), 7, Optional.of(mailroom.ref())));

    assertThat(mailroom.receiveMessage()).isEqualTo(new DistributedValidator.Receipt(0, 7));
  }

  @Test
  void aNewLinkIsToldOfWhatIsOpen() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    settle(entity);
    passTo(CHAIN.times().attestationDueMillis(SLOT));
    entity.tell(new PeerConnected(2));
    assertThat(next(outbox))
        .isEqualTo(
            new Outgoing.Unicast(
                2, new DutyMessage.Status(duty(SLOT), SELF, 1, Optional.empty(), 0)));
  }

  @Test
  void aPartialOfOurShareThatAPeerHoldsAndWeDidNotMakeIsAnothers() {
    long epoch = CHAIN.times().spec().epochOf(SLOT);
    DutyMessage lacksNothing = new DutyMessage.Status(duty(SLOT), 1, 1, Optional.empty(), -1);
    DutyMessage holdsOurs = new DutyMessage.Status(duty(SLOT), 1, 1, Optional.empty(), 1L << SELF);
    ActorRef<Command> entity = start();

    entity.tell(deliver(List.of(lacksNothing)));
    describe(entity);
    assertThat(doubles.isLive(0, epoch)).isFalse();
    entity.tell(deliver(List.of(holdsOurs)));
    describe(entity);

    assertThat(doubles.isLive(0, epoch)).isTrue();
    assertThat(doubles.isLive(0, epoch + 1)).isFalse();
    assertThat(doubles.isLive(1, epoch)).isFalse();
  }

  @Test
  void aPartialThatWeMadeIsOursThoughAPeerHoldsIt() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    entity.tell(deliver(List.of(decided(SLOT))));
    Inbox.nextWhile(() -> {}, () -> Optional.of(log).filter(done -> done.contains("partial")));

    entity.tell(
        deliver(List.of(new DutyMessage.Status(duty(SLOT), 1, 1, Optional.empty(), 1L << SELF))));
    describe(entity);

    assertThat(doubles.isLive(0, CHAIN.times().spec().epochOf(SLOT))).isFalse();
  }

  @Test
  void aSignerThatFailsIsAskedAgain() {
    group.shares().get(SELF).close();
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    entity.tell(deliver(List.of(decided(SLOT))));
    Inbox.nextWhile(
        () -> TIME.timePasses(Duration.ofMillis(100)),
        () -> Optional.of(Collections.frequency(log, "sign")).filter(asked -> asked >= 3));
    assertThat(log.subList(0, 3)).containsExactly("guard", "Intended", "sign");
    assertThat(log).doesNotContain("Shared", "partial");
  }

  @Test
  void oneCommandMovesTheDutiesOfSeveralSlotsAndTheirRowsAreOneChain() {
    clock.set(CHAIN.times().startMillis(NEXT_SLOT));
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    entity.tell(assign(NEXT_SLOT));
    entity.tell(
        deliver(
            List.of(
                decided(SLOT),
                decided(NEXT_SLOT),
                partial(NEXT_SLOT, 0),
                partial(SLOT, 0),
                partial(NEXT_SLOT, 2),
                partial(SLOT, 2))));
    assertThat(List.of(broadcaster.next(), broadcaster.next()))
        .extracting(submit -> ((Broadcaster.Submit) submit).signature())
        .containsExactlyInAnyOrder(group.sign(root(SLOT)), group.sign(root(NEXT_SLOT)));
    DutyLedger ledger = describe(entity).ledger();
    assertThat(ledger.duties().keySet()).containsExactly(duty(SLOT), duty(NEXT_SLOT));
    assertThat(ledger.duties().values())
        .allSatisfy(events ->
            assertThat(events)
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactly("Intended", "Shared", "Completed"));
    assertThat(events(6)).hasSize(6);
  }

  // ---- restarts

  @Test
  void afterARestartTheJournaledIntentPassesTheGuardAgain() {
    ActorRef<Command> entity = start(unsigned::add);
    entity.tell(assign(SLOT));
    entity.tell(deliver(List.of(decided(SLOT))));
    next(unsigned);
    assertThat(log).containsExactly("guard", "Intended", "sign");

    ActorRef<Command> next = restart(entity);
    next.tell(assign(SLOT));
    assertThat(next(outbox)).isEqualTo(ownPartial(SLOT));
    assertThat(log).containsExactly("guard", "sign", "Shared", "partial");
    assertThat(events(2)).hasSize(2);
    assertThat(next(signed)).isEqualTo(duty(SLOT));

    ActorRef<Command> last = restart(next);
    last.tell(assign(SLOT));
    assertThat(next(signed)).as("the journal has it").isEqualTo(duty(SLOT));
  }

  @Test
  void anIntentThatTheGuardNoLongerGrantsIsNotSigned() {
    ActorRef<Command> entity = start(unsigned::add);
    entity.tell(assign(SLOT));
    entity.tell(deliver(List.of(decided(SLOT))));
    next(unsigned);
    Signable later =
        new Signable(root(NEXT_SLOT), CHAIN.spec().epochOf(SLOT), CHAIN.spec().epochOf(NEXT_SLOT));
    assertThat(await(guard.ask(group.publicKey(), duty(NEXT_SLOT), later)))
        .isEqualTo(new GuardVerdict.Granted());

    ActorRef<Command> next = restart(entity);
    next.tell(assign(SLOT));
    describe(next);
    await(guard.ask(group.publicKey(), duty(NEXT_SLOT), later));
    settle(next);
    passTo(CHAIN.times().inclusionDeadlineMillis(SLOT));
    assertThat(next(ended))
        .isEqualTo(
            new DutyOutcome.Missed(Reason.TOO_FEW_PARTIALS, Optional.of(value(SLOT).hash())));
    assertThat(log).containsExactly("guard", "guard", "Failed");
    assertThat(events(2).getLast())
        .isInstanceOfSatisfying(
            DutyEvent.Failed.class,
            failed -> assertThat(failed.trail().refusal()).contains(Reason.SLASHABLE));
  }

  @Test
  void afterARestartItFollowsButCastsNoVote() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    entity.tell(ownValues(SLOT, value(SLOT)));
    settle(entity);
    passTo(CHAIN.times().attestationDueMillis(SLOT));
    nextVote();

    ActorRef<Command> next = restart(entity);
    next.tell(assign(SLOT));
    next.tell(ownValues(SLOT, value(SLOT)));
    settle(next);
    for (int round = 0; round < 3; round++) {
      passTo(clock.get() + 4_000);
      settle(next);
    }
    assertThat(log).isEmpty();
    next.tell(deliver(List.of(decided(SLOT))));
    assertThat(Inbox.nextWhile(() -> {}, this::partialSent)).isEqualTo(ownPartial(SLOT));
    assertThat(log).containsExactly("guard", "Intended", "sign", "Shared", "partial");
    assertThat(((DutyEvent.Intended) events(2).getFirst()).trail().refusal())
        .contains(Reason.FENCED);
  }

  private Optional<Outgoing> partialSent() {
    return Optional.ofNullable(outbox.poll())
        .filter(sent -> sent instanceof Outgoing.Broadcast(DutyMessage.Partial _));
  }

  @Test
  void whatWasCompletedBeforeARestartIsSubmittedAgainAndNotSignedAgain() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    entity.tell(deliver(List.of(decided(SLOT), partial(SLOT, 0), partial(SLOT, 1))));
    broadcaster.next();

    ActorRef<Command> next = restart(entity);
    next.tell(assign(SLOT));
    Broadcaster.Submit again = (Broadcaster.Submit) broadcaster.next();
    assertThat(again.signature()).isEqualTo(group.sign(root(SLOT)));
    assertThat(again.assignment()).isEqualTo(new Assignment.Attestation(definition(SLOT)));
    assertThat(log).containsExactly("partial");
    assertThat(events(3)).hasSize(3);
  }

  @Test
  void whatNobodyTookUpAgainInTimeEndsInTheJournalAndIsCounted() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    entity.tell(deliver(List.of(decided(SLOT))));
    events(2);
    ActorRef<Command> next = restart(entity);
    passTo(CHAIN.times().inclusionDeadlineMillis(SLOT));
    next.tell(new Expire(duty(SLOT)));
    assertThat(next(ended))
        .isEqualTo(new DutyOutcome.Missed(Reason.INTERRUPTED, Optional.of(value(SLOT).hash())));
    assertThat(((DutyEvent.Failed) events(3).getLast()).reason()).isEqualTo(Reason.INTERRUPTED);
    assertThat(describe(next).ledger().isOver(duty(SLOT))).isTrue();
    assertThat(log).containsExactly("Failed");
  }

  // ---- the journal

  private static ChainedEvent failed(Bytes32 previous, long slot) {
    return EventCodec.chain(
        previous,
        new DutyEvent.Failed(
            duty(slot),
            Reason.NO_QUORUM,
            List.of(),
            List.of(),
            DutyEvent.Trail.NONE,
            DutyEvent.Aftermath.NONE,
            slot));
  }

  static Stream<List<ChainedEvent>> brokenJournals() {
    ChainedEvent first = failed(Bytes32.ZERO, 1);
    ChainedEvent second = failed(first.hash(), 2);
    ChainedEvent third = failed(second.hash(), 3);
    return Stream.of(
        // Lost at the begin, lost in between, swapped, written twice, from elsewhere.
        List.of(second, third),
        List.of(first, third),
        List.of(first, third, second),
        List.of(first, second, second),
        List.of(first, failed(Bytes32.sha256(new byte[] {1}), 2)));
  }

  @ParameterizedTest
  @MethodSource("brokenJournals")
  void aJournalWhoseRowsDoNotFollowOneAnotherIsNotActedOn(List<ChainedEvent> rows) {
    JOURNAL.persistForRecovery(persistenceId, List.copyOf(rows));
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    KIT.createTestProbe().expectTerminated(entity, PATIENCE);
    assertThat(registered).isEmpty();
    assertThat(outbox).isEmpty();
  }

  @Test
  void anIntactJournalIsRecoveredWhole() {
    ChainedEvent first = failed(Bytes32.ZERO, 1);
    ChainedEvent second = failed(first.hash(), 2);
    JOURNAL.persistForRecovery(persistenceId, List.of(first, second));
    ActorRef<Command> entity = start();
    assertThat(next(registered)).isEqualTo(entity);
    assertThat(describe(entity))
        .isEqualTo(
            new Journaled(
                second.hash(), DutyLedger.EMPTY.apply(first.event()).apply(second.event())));
  }

  /** A duty that is taken back at once leaves one row. */
  private void appendRows(ActorRef<Command> entity, long fromSlot, int count) {
    LongStream.range(fromSlot, fromSlot + count)
        .forEach(slot -> {
          entity.tell(assign(slot));
          entity.tell(new Tell(duty(slot), new DutyInput.Reassigned()));
        });
    describe(entity);
  }

  /** Three rows a duty, all validators in step: a slot is three numbers of rows. */
  @Test
  void validatorsInStepTakeTheirSnapshotsInDifferentSlots() {
    int validators = 1_000;
    for (int slot = 1; slot <= 2_000; slot++) {
      int rows = 3 * slot;
      long snapshots =
          IntStream.range(0, validators)
              .map(DistributedValidator::eventsPerSnapshot)
              .filter(every -> rows / every != (rows - 3) / every)
              .count();
      assertThat(snapshots).as("snapshots in slot %d", slot).isLessThan(validators / 4);
    }
  }

  @Test
  void aSnapshotAloneAndWithTheRowsAfterItGivesTheSameState() {
    ActorRef<Command> entity = start();
    appendRows(entity, SLOT, EVENTS_PER_SNAPSHOT);
    Journaled atSnapshot = describe(entity);
    assertThat(atSnapshot.ledger().duties())
        .as("the last two epochs")
        .hasSizeBetween(DutyLedger.DUTIES_MIN, EVENTS_PER_SNAPSHOT - 1);
    assertThat(atSnapshot.lastHash()).isEqualTo(lastHash(Bytes32.ZERO, rows()));
    EntitySnapshot snapshot =
        SNAPSHOTS.expectNextPersistedClass(persistenceId, EntitySnapshot.class, PATIENCE);
    assertThat(snapshot)
        .isEqualTo(new EntitySnapshot(atSnapshot.lastHash(), atSnapshot.ledger().events()));

    KIT.stop(entity);
    JOURNAL.clearByIdPreservingSeqNumbers(persistenceId);
    ActorRef<Command> fromSnapshot = start();
    assertThat(describe(fromSnapshot)).isEqualTo(atSnapshot);

    appendRows(fromSnapshot, SLOT + EVENTS_PER_SNAPSHOT, 30);
    Journaled last = describe(fromSnapshot);
    assertThat(rows()).hasSize(30);
    assertThat(last.lastHash()).isEqualTo(lastHash(atSnapshot.lastHash(), rows()));
    assertThat(describe(restart(fromSnapshot))).isEqualTo(last);
  }

  // ---- leaving

  @Test
  void whoIsToLeaveWithoutADutyStopsAtOnce() {
    ActorRef<Command> entity = start();
    next(registered);
    entity.tell(new FinishThenStop());
    KIT.createTestProbe().expectTerminated(entity, PATIENCE);
  }

  @Test
  void whoIsToLeaveEndsTheDutyUnderWayAndBeginsNoOther() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    passTo(CHAIN.times().attestationDueMillis(SLOT));
    entity.tell(new FinishThenStop());
    entity.tell(assign(NEXT_SLOT));

    // It still hears, signs, shares and broadcasts.
    entity.tell(deliver(List.of(decided(SLOT), partial(SLOT, 0), partial(SLOT, 1))));
    Broadcaster.Submit submit = (Broadcaster.Submit) broadcaster.next();
    submit.replyTo().tell(new Broadcaster.Answer(duty(SLOT), SubmissionOutcome.ACCEPTED));
    assertThat(next(ended)).isInstanceOf(DutyOutcome.Broadcast.class);
    KIT.createTestProbe().expectTerminated(entity, PATIENCE);
    assertThat(rows()).allMatch(row -> row.event().duty().equals(duty(SLOT)));
  }

  @Test
  void whoIsToLeaveGivesADutyUpAtTwoThirdsOfTheSlot() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    passTo(CHAIN.times().attestationDueMillis(SLOT));
    entity.tell(new FinishThenStop());
    settle(entity);
    passTo(CHAIN.times().startMillis(SLOT) + Chains.SLOT_MILLIS * 2 / 3 - 1);
    settle(entity);
    passTo(CHAIN.times().startMillis(SLOT) + Chains.SLOT_MILLIS * 2 / 3);
    KIT.createTestProbe().expectTerminated(entity, PATIENCE);
    assertThat(ended).isEmpty();
  }

  @Test
  void inTheQuietTimeOfASlotNobodyWaits() {
    ActorRef<Command> entity = start();
    entity.tell(assign(SLOT));
    passTo(CHAIN.times().startMillis(SLOT) + Chains.SLOT_MILLIS * 2 / 3);
    entity.tell(new FinishThenStop());
    KIT.createTestProbe().expectTerminated(entity, PATIENCE);
  }
}
