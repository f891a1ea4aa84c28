/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.CoValidator.Input;
import dev.quorate.consensus.duty.DutyContext;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyOutcome;
import dev.quorate.consensus.duty.DutyOutput;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.simulation.Trace.Mark;
import dev.quorate.simulation.check.Footprint;
import dev.quorate.simulation.fault.Fault;
import dev.quorate.wire.Outgoing;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * An honest operator: its database, its clocks, its beacon nodes, its services, and the pods in
 * which the validator lives. Every write and every send is a place where a pod may die.
 */
final class Operator implements Node {
  private static final long RESTART_MILLIS = 150;
  private static final int SERVICE_MILLIS_MAX = 4;
  private static final int SLOW_MILLIS_MAX = 2_000;
  private static final int MAIL_MILLIS_MAX = 300;

  /** How often what it holds is measured: walking through it costs. */
  private static final int MESSAGES_PER_FOOTPRINT = 256;

  /** Rows of the fence are kept for so many epochs. */
  private static final int FENCE_EPOCHS = 2;

  /** A pod dies. */
  private static final class Died extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final long downMillis;

    Died(long downMillis) {
      super(null, null, false, false);
      this.downMillis = downMillis;
    }
  }

  private final World world;
  private final int self;
  private final SplittableRandom random;
  private final LocalClock clock;
  private final BeaconView beacon;
  private final Disk disk;
  private final List<Entity> entities = new ArrayList<>();
  private final TreeSet<DutyId> assigned = new TreeSet<>();

  private final Map<Integer, Fault.Crash> crashes = new HashMap<>();
  private final Map<Integer, Fault.DiskError> diskErrors = new HashMap<>();
  private int points;
  private int writes;
  private int sickPercent;
  private int powerCuts;
  private int activations;
  private int ticks;
  private int messages;

  Operator(World world, int self, SplittableRandom random) {
    this.world = world;
    this.self = self;
    this.random = random;
    clock = new LocalClock(world.agenda());
    beacon = new BeaconView(world.chain(), random.split());
    disk = new Disk(event -> world.checks().durable(self, event));
  }

  LocalClock clock() {
    return clock;
  }

  BeaconView beacon() {
    return beacon;
  }

  // ---- pods that come and go

  void start() {
    // Whoever opens a database forces it before anything that it holds is acted upon.
    disk.force(disk.written());
    if (disk.isOlder()) {
      long now = Math.max(clock.wallMillis(), world.clockOfOthersMillis(self));
      disk.enter(Quarantine.since(Chain.TIMES, now));
    }
    Entity entity = new Entity(this, nextActivation(), disk);
    entities.removeIf(old -> !old.isAlive());
    entities.add(entity);
    trace(Mark.START, activations, () -> "a pod, with " + disk.rows() + " rows");
    on(
        entity,
        () -> {
          TreeSet<DutyId> duties = new TreeSet<>(assigned);
          duties.addAll(entity.ledger().unfinished());
          for (DutyId duty : duties) {
            entity.assign(context(duty));
            fetchLater(duty, random.nextInt(300));
          }
        });
    world.agenda().after(5 + random.nextInt(20), () -> world.connect(self));
  }

  /** Every entity is gone; another one starts after a while. */
  void restart(long downMillis) {
    entities.forEach(Entity::stop);
    startAfter(downMillis);
  }

  private void startAfter(long millis) {
    world.agenda().after(millis, this::startIfNone);
  }

  void startIfNone() {
    if (!isUp()) {
      start();
    }
  }

  void cutPower(long downMillis) {
    powerCuts++;
    disk.cutPower(random);
    restart(downMillis);
  }

  void stopOldest() {
    List<Entity> alive = entities.stream().filter(Entity::isAlive).toList();
    if (alive.size() > 1) {
      alive.getFirst().stop();
    }
  }

  void handOver(Fault.HandOver fault) {
    for (Entity entity : List.copyOf(entities)) {
      entity.leave();
      world
          .agenda()
          .after(
              fault.patienceMillis(),
              () -> {
                entity.stop();
                startAfter(fault.gapMillis());
              });
    }
  }

  Disk.Backup backUp() {
    return disk.backUp();
  }

  void restore(Disk.Backup backup, long downMillis) {
    powerCuts++;
    disk.restore(backup);
    world.checks().restored(self);
    restart(downMillis);
  }

  boolean isInQuarantine(long epoch) {
    return disk.quarantine().filter(held -> held.isCurrent(epoch)).isPresent();
  }

  boolean isUp() {
    for (Entity entity : entities) {
      if (entity.isAlive()) {
        return true;
      }
    }
    return false;
  }

  void dieAt(Fault.Crash crash) {
    crashes.put(crash.point(), crash);
  }

  void failAt(Fault.DiskError error) {
    diskErrors.put(error.write(), error);
  }

  void sicken(int percent) {
    sickPercent += percent;
  }

  /** Whatever was wrong with it is not any more. */
  void heal() {
    crashes.clear();
    diskErrors.clear();
    sickPercent = 0;
    clock.heal();
    beacon.heal();
    if (alive().size() > 1) {
      // The one left would learn of the other's rows at its first write only, and die of it in the
      // middle of a duty, which is a fault as well.
      entities.forEach(Entity::stop);
    }
    startIfNone();
    tick();
  }

  private Bytes nextActivation() {
    return Bytes.wrap(ByteBuffer.allocate(16).putInt(self).putInt(activations++).array());
  }

  // ---- the chain, as it goes by this operator's clock

  /** At the begin of every slot. */
  void tick() {
    int tick = ++ticks;
    long wall = clock.wallMillis();
    long slot = Chain.TIMES.slotAt(wall);
    assign(slot);
    assign(slot + 1);
    long epoch = Chain.epochOf(slot);
    disk.prune((epoch - FENCE_EPOCHS) * Chain.SLOTS_PER_EPOCH);
    world
        .agenda()
        .after(
            1 + clock.worldMillis(Chain.TIMES.startMillis(slot + 1) - wall),
            () -> {
              // A clock that was set has begun another row of ticks.
              if (tick == ticks) {
                tick();
              }
            });
  }

  private void assign(long slot) {
    if (beacon.slotOf(Chain.epochOf(slot)) != slot) {
      return;
    }
    DutyId duty = Chain.duty(slot);
    if (assigned.add(duty)) {
      everyEntity(entity -> entity.assign(context(duty)));
      long due = Chain.TIMES.attestationDueMillis(slot) - clock.wallMillis();
      long early = random.nextInt(2_500);
      fetchLater(duty, clock.worldMillis(Math.max(0, due - early)) + beacon.lateMillis(duty));
      if (early > 1_800) {
        world
            .agenda()
            .after(
                clock.worldMillis(Math.max(0, due - early / 2)),
                () -> everyEntity(entity -> entity.tell(duty, new DutyInput.BeginEarly())));
      }
    }
  }

  /** A reorganisation moves the duty of an epoch. */
  void reassign(long epoch, long slot) {
    DutyId before = Chain.duty(beacon.slotOf(epoch));
    beacon.move(epoch, slot);
    if (before.slot() != slot) {
      assigned.remove(before);
      everyEntity(entity -> entity.tell(before, new DutyInput.Reassigned()));
      long now = Chain.TIMES.slotAt(clock.wallMillis());
      if (slot <= now + 1) {
        assign(slot);
      }
    }
  }

  private DutyContext context(DutyId duty) {
    return new DutyContext(
        duty,
        world.setup().quorum(),
        world.setup().threshold(),
        self,
        duty.slot(),
        Chain.ROUNDS,
        world.chain().rule(duty),
        Chain.TIMES.dueMillis(duty.type(), duty.slot()),
        world.chain().deadlineMillis(duty));
  }

  private void fetchLater(DutyId duty, long millis) {
    world
        .agenda()
        .after(
            millis,
            () ->
                fetch(duty)
                    .ifPresentOrElse(
                        value -> everyEntity(entity -> tellValue(entity, duty, value)),
                        () -> {
                          if (world.chain().deadlineMillis(duty) > clock.wallMillis()) {
                            fetchLater(duty, 2_000);
                          }
                        }));
  }

  private Optional<Value> fetch(DutyId duty) {
    Optional<Value> value = beacon.value(duty);
    value.ifPresent(said -> world.checks().beaconNodeSaid(self, duty, said));
    return value;
  }

  private static void tellValue(Entity entity, DutyId duty, Value value) {
    entity.tell(duty, new DutyInput.OwnValues(List.of(value)));
  }

  // ---- mail

  @Override
  public Optional<Reason> window(DutyId duty) {
    long wall = clock.wallMillis();
    if (duty.slot() > Chain.TIMES.slotAt(wall) + 1) {
      return Optional.of(Reason.TOO_EARLY);
    }
    return world.chain().deadlineMillis(duty) < wall
        ? Optional.of(Reason.TOO_LATE)
        : Optional.empty();
  }

  @Override
  public void take(int from, List<DutyMessage> mail) {
    for (DutyMessage message : mail) {
      trace(Mark.ARRIVE, from, () -> told(message));
      if (world.mayLie()) {
        world.checks().believed(message);
      }
    }
    Input input = new Input.Mail(mail);
    List<Entity> alive = alive();
    int chosen = alive.size() > 1 ? random.nextInt(alive.size() + 1) : alive.size();
    for (int i = 0; i < alive.size(); i++) {
      if (chosen == alive.size() || chosen == i) {
        Entity entity = alive.get(i);
        on(entity, () -> entity.take(input));
        if (world.mayLie() && messages++ % MESSAGES_PER_FOOTPRINT == 0) {
          Footprint.check(entity.state(), world.setup().operators());
        }
      }
    }
  }

  @Override
  public void refuse(int from, Reason reason) {
    trace(Mark.DISCARD, Trace.of(reason), () -> reason + " from operator " + from);
  }

  void connected(int peer) {
    everyEntity(entity -> entity.take(new Input.PeerConnected(peer)));
  }

  // ---- what an entity asks for

  void perform(Entity entity, DutyId duty, DutyOutput output) {
    switch (output) {
      case DutyOutput.SendVote(var vote, var justification, var value) ->
          atPoint(() -> {
            world.checks().voted(self, vote);
            trace(
                Mark.VOTE,
                Trace.of(vote.value()) + vote.round() * 8L + vote.kind().code(),
                () -> vote);
            world.post().send(self, new Outgoing.Cast(vote, justification, value));
          });
      case DutyOutput.SendToAll(DutyMessage message) ->
          atPoint(() -> {
            sending(message);
            world.post().send(self, new Outgoing.Broadcast(message));
          });
      case DutyOutput.SendTo(int peer, DutyMessage message) ->
          atPoint(() -> {
            sending(message);
            world.post().send(self, new Outgoing.Unicast(peer, message));
          });
      case DutyOutput.ClaimFence claim -> claim(entity, duty, claim);
      case DutyOutput.AskGuard ask -> ask(entity, duty, ask);
      case DutyOutput.SignShare sign -> sign(entity, duty, sign);
      case DutyOutput.Combine combine -> combine(entity, duty, combine);
      case DutyOutput.Submit submit -> submit(entity, duty, submit);
      case DutyOutput.RefreshOwnValues _ ->
          after(
              20 + random.nextInt(80),
              entity,
              () -> fetch(duty).ifPresent(value -> tellValue(entity, duty, value)));
      case DutyOutput.LookForMail(var timer, long askedMillis) ->
          after(
              isSick() ? random.nextInt(MAIL_MILLIS_MAX) : random.nextInt(3),
              entity,
              () -> entity.tell(duty, new DutyInput.MailSeen(timer, askedMillis)));
      case DutyOutput.Discard(int sender, Reason reason) ->
          trace(Mark.DISCARD, Trace.of(reason), () -> reason + " from operator " + sender);
      case DutyOutput.Accuse(var first, _) ->
          world.checks().blamed(self, first.vote().sender(), "two votes in " + duty);
      case DutyOutput.StartTimer _,
          DutyOutput.Report _,
          DutyOutput.Close _,
          DutyOutput.Persist _,
          DutyOutput.Note _ ->
          throw new IllegalStateException("not for services: " + output);
    }
  }

  private void sending(DutyMessage message) {
    trace(Mark.SEND, message.duty().slot(), () -> told(message));
    if (message instanceof DutyMessage.Partial partial && partial.sender() == self) {
      world.checks().sendsShare(self, partial.duty(), partial.signature());
    }
  }

  private void claim(Entity entity, DutyId duty, DutyOutput.ClaimFence claim) {
    write(
        entity,
        duty,
        claim,
        () -> {
          FenceVerdict verdict = disk.claim(duty, entity.activation());
          trace(Mark.CLAIM, verdict instanceof FenceVerdict.Owned ? 1 : 0, () -> verdict);
          return new DutyInput.FenceAnswered(verdict);
        },
        () -> {});
  }

  private void ask(Entity entity, DutyId duty, DutyOutput.AskGuard ask) {
    Signable signable = ask.signable();
    world.checks().decided(self, duty, signable);
    long slot = Chain.TIMES.slotAt(clock.wallMillis());
    GuardVerdict[] verdict = new GuardVerdict[1];
    write(
        entity,
        duty,
        ask,
        () -> {
          verdict[0] = disk.ask(duty, signable, Chain.epochOf(slot), slot);
          trace(Mark.GUARD, Trace.of(signable.root()), () -> verdict[0] + " " + signable);
          return new DutyInput.GuardAnswered(verdict[0]);
        },
        () -> {
          if (verdict[0] instanceof GuardVerdict.Granted) {
            world.checks().granted(self, entity.activation(), duty, signable, world.currentEpoch());
          }
        });
  }

  /** A write of fence or guard, answered once it is forced. */
  private void write(
      Entity entity,
      DutyId duty,
      DutyOutput request,
      Supplier<DutyInput> write,
      Runnable onceForced) {
    Fault.DiskError error = diskErrors.remove(writes++);
    if (error != null && error.what() == Fault.Write.LOST) {
      answer(entity, duty, new DutyInput.ServiceFailed(request));
      return;
    }
    atPoint(() -> {
      DutyInput answer = write.get();
      if (error != null) {
        disk.force(disk.written());
        answer(entity, duty, new DutyInput.ServiceFailed(request));
        return;
      }
      long number = disk.written();
      int cuts = powerCuts;
      boolean isLost = isSick() && random.nextInt(3) == 0;
      world
          .agenda()
          .after(
              serviceMillis(),
              () -> {
                if (cuts == powerCuts) {
                  disk.force(number);
                  onceForced.run();
                  if (!isLost) {
                    on(entity, () -> entity.tell(duty, answer));
                  }
                }
              });
    });
  }

  void persist(Entity entity, long rows, List<DutyEvent> events, Runnable onDurable) {
    events.forEach(event -> world.checks().persists(self, event));
    Fault.DiskError error = diskErrors.remove(writes++);
    if (error != null) {
      if (error.what() == Fault.Write.HAPPENED) {
        disk.append(rows, events);
        disk.force(disk.written());
      }
      throw new Died(RESTART_MILLIS);
    }
    atPoint(() -> {
      trace(Mark.PERSIST, rows, () -> events.getFirst());
      Optional<Long> number = disk.append(rows, events);
      if (number.isEmpty()) {
        // Another pod's row stands there: the entity stops, and recovers from what the journal
        // says.
        throw new Died(RESTART_MILLIS);
      }
      int cuts = powerCuts;
      world
          .agenda()
          .after(
              serviceMillis(),
              () -> {
                if (cuts == powerCuts) {
                  disk.force(number.get());
                  on(entity, onDurable);
                }
              });
    });
  }

  private void sign(Entity entity, DutyId duty, DutyOutput.SignShare sign) {
    trace(Mark.SIGN, Trace.of(sign.signable().root()), () -> duty);
    world.checks().signs(self, entity.activation(), duty, sign.signable().root());
    serve(
        entity,
        duty,
        sign,
        () -> new DutyInput.ShareSigned(world.signatures().sign(self, sign.signable().root())));
  }

  private void combine(Entity entity, DutyId duty, DutyOutput.Combine combine) {
    trace(Mark.COMBINE, combine.partials().size(), () -> combine.partials().keySet());
    serve(
        entity,
        duty,
        combine,
        () ->
            switch (world.signatures().combine(combine.root(), combine.partials())) {
              case Signatures.Combination.Made(Bytes signature, var signers, var culprits) ->
                  new DutyInput.Combined(signature, signers, culprits);
              case Signatures.Combination.TooFew(var culprits) ->
                  new DutyInput.CombineFailed(culprits);
            });
  }

  private void submit(Entity entity, DutyId duty, DutyOutput.Submit submit) {
    atPoint(() -> {
      Signable signable = world.chain().rule(duty).signable(submit.value()).orElseThrow();
      trace(Mark.SUBMIT, Trace.of(signable.root()), () -> duty);
      world
          .checks()
          .submits(
              self,
              duty,
              submit.value(),
              submit.signature(),
              world.signatures().isOfGroup(signable.root(), submit.signature()));
      serve(
          entity,
          duty,
          submit,
          () -> {
            SubmissionOutcome outcome = beacon.submit(duty);
            if (outcome != SubmissionOutcome.UNKNOWN) {
              world.checks().answered(self, duty);
            }
            return new DutyInput.Submitted(outcome);
          });
    });
  }

  void reported(DutyId duty, DutyOutcome outcome) {
    trace(Mark.REPORT, outcome.decided().map(Trace::of).orElse(0L), () -> duty + ": " + outcome);
    world.checks().reported(self, duty, outcome);
  }

  /** A service that only computes or asks: it may fail, but never half. */
  private void serve(Entity entity, DutyId duty, DutyOutput request, Supplier<DutyInput> service) {
    DutyInput answer =
        isSick() && random.nextInt(2) == 0 ? new DutyInput.ServiceFailed(request) : service.get();
    answer(entity, duty, answer);
  }

  private void answer(Entity entity, DutyId duty, DutyInput answer) {
    after(serviceMillis(), entity, () -> entity.tell(duty, answer));
  }

  private boolean isSick() {
    return sickPercent > 0 && random.nextInt(100) < sickPercent;
  }

  private long serviceMillis() {
    return 1L + random.nextInt(isSick() ? SLOW_MILLIS_MAX : SERVICE_MILLIS_MAX);
  }

  // ---- where pods die

  private void atPoint(Runnable action) {
    Fault.Crash crash = crashes.isEmpty() ? null : crashes.remove(points);
    points++;
    if (crash == null) {
      action.run();
      return;
    }
    if (crash.side() == Fault.Side.AFTER) {
      action.run();
    }
    throw new Died(crash.downMillis());
  }

  void after(long millis, Entity entity, Runnable action) {
    world.agenda().after(millis, () -> on(entity, action));
  }

  private void on(Entity entity, Runnable action) {
    if (!entity.isAlive()) {
      return;
    }
    try {
      action.run();
    } catch (Died died) {
      entity.stop();
      trace(Mark.STOP, died.downMillis, () -> "a pod dies");
      startAfter(died.downMillis);
    }
  }

  private void everyEntity(Consumer<Entity> action) {
    for (Entity entity : alive()) {
      on(entity, () -> action.accept(entity));
    }
  }

  private List<Entity> alive() {
    if (entities.size() == 1) {
      return entities.getFirst().isAlive() ? List.of(entities.getFirst()) : List.of();
    }
    return entities.stream().filter(Entity::isAlive).toList();
  }

  void trace(Mark mark, long detail, Supplier<Object> told) {
    world.trace().add(world.agenda().nowMillis(), self, mark, detail, told);
  }

  private static Object told(DutyMessage message) {
    return switch (message) {
      case DutyMessage.Agreement(var agreement) -> Told.of(agreement);
      case DutyMessage.Partial partial ->
          "partial of operator %d in %s".formatted(partial.sender(), partial.duty());
      case DutyMessage.Status status -> status;
      case DutyMessage.Bulk bulk -> bulk;
    };
  }
}
