/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.validator.DistributedValidator;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadViews;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.wire.WireLimits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.ChildFailed;
import org.apache.pekko.actor.typed.RecipientRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;

/**
 * Sorts what came over this pod's links by validator and hands each entity all of its own at once,
 * in whichever of the operator's pods it is. The pods' mailrooms tell one another which entities
 * came up with them, so mail goes straight to an entity until it stops, also while its shard is
 * being moved. For one that is down it goes to its shard, which keeps it until the entity is up.
 *
 * <p>An entity that waits for its disk takes no mail meanwhile: beyond a bound per operator it is
 * dropped here, counted, so that a flood of one operator's reaches neither the memory nor the
 * entity's own answers. Receipts, one for some messages each, free the places again; those since
 * the last one count although they may have been taken in.
 */
final class Mailroom {
  /** Messages of one operator that this pod may have waiting at one entity, chunks apart. */
  static final int WAITING_PER_OPERATOR_MAX = 128;

  /** Chunks of one operator that this pod may have waiting at all entities: two largest values. */
  static final int CHUNKS_PER_OPERATOR_MAX = 2 * Value.BYTES_MAX / WireLimits.CHUNK_BYTES;

  /** After as many messages of any operators an entity is asked for a receipt. */
  static final int MESSAGES_PER_RECEIPT = 16;

  /**
   * Where no place is free, what has no receipt by then got lost between pods: a database that
   * takes that long has failed its entities, and their mail with them.
   */
  static final Duration LOST_AFTER = Duration.ofSeconds(30);

  /** Entities in one message between mailrooms. */
  static final int ROSTER_MAX = 256;

  static final ServiceKey<Roster> MAILROOMS = ServiceKey.create(Roster.class, "mailroom");

  /** Entities come up many at a time: those of a moment are told of together. */
  private static final Duration LINGER = Duration.ofMillis(50);

  /** A message between pods may get lost, so that everything is said again now and then. */
  private static final Duration REPEAT = Duration.ofSeconds(30);

  sealed interface Command {}

  /** Verified messages of one operator: from one frame, or own votes from one flush. */
  record Inbound(List<DutyMessage> messages) implements Command {}

  /** Goes to the entity behind all mail that came before. */
  record Behind(ActorRef<DistributedValidator.Command> entity, DistributedValidator.Command content)
      implements Command {}

  /** Goes to the validator's entity if it is in this pod. */
  record Here(int validator, DistributedValidator.Command content) implements Command {}

  /** The validator's entity came up in this pod. */
  record CameUp(int validator, ActorRef<DistributedValidator.Command> entity) implements Command {}

  /** An operator told this pod what its head is: all pods are to know. */
  record HeadSaid(HeadViews.Heard heard) implements Command {}

  /** What the mailroom of another pod says. */
  sealed interface FromPod extends Command {}

  /** An operator told that pod what its head is. */
  record HeadPassedOn(HeadViews.Heard heard) implements FromPod {}

  /**
   * Entities that are up in the pod that says so.
   *
   * @param entities by validator, at most {@link #ROSTER_MAX}
   */
  record Roster(SortedMap<Integer, ActorRef<DistributedValidator.Command>> entities)
      implements FromPod {
    Roster {
      entities = Collections.unmodifiableSortedMap(new TreeMap<>(entities));
    }
  }

  private record Receipt(DistributedValidator.Receipt receipt) implements Command {}

  private record WentDown(int validator, ActorRef<DistributedValidator.Command> entity)
      implements Command {}

  private record Mailrooms(Set<ActorRef<Roster>> pods) implements Command {}

  private record TellOfNew() implements Command {}

  private record TellOfAll() implements Command {}

  /**
   * What a mailroom is about.
   *
   * @param shards the way to an entity that is down, or not known of, by validator
   * @param up validators whose entity is up in some pod; written here
   * @param here those of them whose entity is up in this one; written here
   * @param heads told what the other operators' heads are
   * @param nanos a monotonic clock
   * @param onFailure told of the part of the pod that failed before everything stops
   */
  record Setup(
      int validators,
      int operators,
      IntFunction<RecipientRef<DistributedValidator.Command>> shards,
      PeerCounters counters,
      Set<Integer> up,
      Set<Integer> here,
      HandOvers handOvers,
      Consumer<HeadViews.Heard> heads,
      LongSupplier nanos,
      Consumer<ChildFailed> onFailure) {}

  private final Setup setup;
  private final ActorContext<Command> context;
  private final TimerScheduler<Command> timers;
  private final ActorRef<DistributedValidator.Receipt> receipts;
  private final int[] chunksWaiting;
  private final List<Waiting> waiting;
  private final Map<Integer, ActorRef<DistributedValidator.Command>> own = new HashMap<>();

  /**
   * By validator, those of which no end is known, the latest last. There may be two while one
   * moves, and a roster that was overtaken names one that ended meanwhile: its end uncovers the
   * other again.
   */
  private final List<SequencedSet<ActorRef<DistributedValidator.Command>>> entities;

  /** By validator, the last one whose end was seen: a roster that was overtaken may name it. */
  private final Map<Integer, ActorRef<DistributedValidator.Command>> ended = new HashMap<>();

  private final Set<Integer> news = new HashSet<>();
  private final Map<Integer, Long> downSinceNanos = new HashMap<>();
  private Set<ActorRef<Roster>> others = Set.of();
  private long serial;

  /** The behaviour of the actor of {@code context}. */
  static Behavior<Command> open(
      Setup setup, ActorContext<Command> context, TimerScheduler<Command> timers) {
    Mailroom mailroom = new Mailroom(setup, context, timers);
    return Behaviors.receive(Command.class)
        .onAnyMessage(mailroom::on)
        .onSignal(
            ChildFailed.class,
            failed -> {
              setup.onFailure().accept(failed);
              return Behaviors.stopped();
            })
        .build();
  }

  private Mailroom(Setup setup, ActorContext<Command> context, TimerScheduler<Command> timers) {
    this.setup = setup;
    this.context = context;
    this.timers = timers;
    this.receipts = context.messageAdapter(DistributedValidator.Receipt.class, Receipt::new);
    this.chunksWaiting = new int[setup.operators()];
    this.waiting =
        IntStream.range(0, setup.validators()).mapToObj(_ -> new Waiting(chunksWaiting)).toList();
    this.entities =
        Stream.<SequencedSet<ActorRef<DistributedValidator.Command>>>generate(LinkedHashSet::new)
            .limit(setup.validators())
            .toList();
    ActorRef<Receptionist.Command> receptionist = context.getSystem().receptionist();
    receptionist.tell(Receptionist.register(MAILROOMS, context.getSelf().narrow()));
    receptionist.tell(
        Receptionist.subscribe(
            MAILROOMS,
            context.messageAdapter(
                Receptionist.Listing.class,
                listing -> new Mailrooms(listing.getServiceInstances(MAILROOMS)))));
    timers.startTimerWithFixedDelay(new TellOfAll(), REPEAT);
  }

  private Behavior<Command> on(Command command) {
    switch (command) {
      case Inbound(List<DutyMessage> messages) -> sort(messages);
      case Behind(var entity, var content) -> entity.tell(content);
      case Here(int validator, var content) ->
          Optional.ofNullable(own.get(validator)).ifPresent(entity -> entity.tell(content));
      case HeadSaid(HeadViews.Heard heard) -> {
        setup.heads().accept(heard);
        // The key that pods are found by is of rosters, and frozen.
        others.forEach(pod -> pod.<FromPod>unsafeUpcast().tell(new HeadPassedOn(heard)));
      }
      case HeadPassedOn(HeadViews.Heard heard) -> setup.heads().accept(heard);
      case Receipt(DistributedValidator.Receipt receipt) ->
          waiting.get(receipt.validator()).receipt(receipt.serial());
      case CameUp(int validator, var entity) -> {
        own.put(validator, entity);
        setup.here().add(validator);
        isUp(validator, entity);
        if (news.isEmpty()) {
          timers.startSingleTimer(new TellOfNew(), LINGER);
        }
        news.add(validator);
      }
      case Roster roster -> roster.entities().forEach(this::isUp);
      case WentDown(int validator, var entity) -> onWentDown(validator, entity);
      case Mailrooms(Set<ActorRef<Roster>> pods) -> onMailrooms(pods);
      case TellOfNew _ -> {
        tell(others, news);
        news.clear();
      }
      case TellOfAll _ -> tell(others, setup.here());
    }
    return Behaviors.same();
  }

  // ---- where the entities are

  private void isUp(int validator, ActorRef<DistributedValidator.Command> entity) {
    SequencedSet<ActorRef<DistributedValidator.Command>> known = entities.get(validator);
    if (entity.equals(ended.get(validator)) || !known.add(entity)) {
      return;
    }
    context.watchWith(entity, new WentDown(validator, entity));
    // What waited for its last life is gone.
    waiting.get(validator).clear();
    setup.up().add(validator);
    long nowNanos = setup.nanos().getAsLong();
    Long downNanos = downSinceNanos.remove(validator);
    if (known.size() > 1 || downNanos != null) {
      setup.handOvers().ended(validator, downNanos == null ? 0 : nowNanos - downNanos);
    }
    if (downNanos != null && downSinceNanos.isEmpty()) {
      setup.handOvers().allUp();
    }
  }

  private void onWentDown(int validator, ActorRef<DistributedValidator.Command> entity) {
    if (own.remove(validator, entity)) {
      setup.here().remove(validator);
      news.remove(validator);
    }
    SequencedSet<ActorRef<DistributedValidator.Command>> known = entities.get(validator);
    if (known.getLast().equals(entity)) {
      waiting.get(validator).clear();
    }
    known.remove(entity);
    ended.put(validator, entity);
    if (known.isEmpty()) {
      setup.up().remove(validator);
      downSinceNanos.put(validator, setup.nanos().getAsLong());
    }
  }

  private void onMailrooms(Set<ActorRef<Roster>> pods) {
    Set<ActorRef<Roster>> now = new HashSet<>(pods);
    now.removeIf(pod -> pod.path().equals(context.getSelf().path()));
    Set<ActorRef<Roster>> joined = new HashSet<>(now);
    joined.removeAll(others);
    others = now;
    tell(joined, setup.here());
  }

  private void tell(Set<ActorRef<Roster>> pods, Set<Integer> validators) {
    SortedMap<Integer, ActorRef<DistributedValidator.Command>> page = new TreeMap<>();
    for (int validator : validators) {
      page.put(validator, own.get(validator));
      if (page.size() == ROSTER_MAX) {
        Roster full = new Roster(page);
        pods.forEach(pod -> pod.tell(full));
        page.clear();
      }
    }
    if (!page.isEmpty()) {
      Roster last = new Roster(page);
      pods.forEach(pod -> pod.tell(last));
    }
  }

  // ---- mail

  private void sort(List<DutyMessage> messages) {
    Map<Integer, List<DutyMessage>> byValidator = new LinkedHashMap<>();
    messages.forEach(message ->
        byValidator
            .computeIfAbsent(message.duty().validator(), _ -> new ArrayList<>())
            .add(message));
    byValidator.forEach(this::deliver);
  }

  private void deliver(int validator, List<DutyMessage> mail) {
    int sender = mail.getFirst().sender();
    long nowNanos = setup.nanos().getAsLong();
    int chunksRoom =
        mail.stream().anyMatch(DutyMessage.Chunk.class::isInstance)
            ? chunksRoom(sender, nowNanos)
            : 0;
    int othersRoom = waiting.get(validator).room(sender, nowNanos);
    List<DutyMessage> taken = new ArrayList<>(mail.size());
    int chunks = 0;
    for (DutyMessage message : mail) {
      boolean isChunk = message instanceof DutyMessage.Chunk;
      if (isChunk ? chunks < chunksRoom : taken.size() - chunks < othersRoom) {
        taken.add(message);
        chunks += isChunk ? 1 : 0;
      } else {
        setup.counters().refused(sender, Reason.BUFFER_FULL);
      }
    }
    if (!taken.isEmpty()) {
      serial++;
      Sent sent = new Sent(serial, sender, taken.size() - chunks, chunks, nowNanos);
      boolean isReceiptDue = waiting.get(validator).sent(sent);
      recipient(validator)
          .tell(
              new DistributedValidator.Deliver(
                  taken, serial, isReceiptDue ? Optional.of(receipts) : Optional.empty()));
    }
  }

  private int chunksRoom(int sender, long nowNanos) {
    if (chunksWaiting[sender] >= CHUNKS_PER_OPERATOR_MAX) {
      waiting.forEach(ofEntity -> ofEntity.forgetLost(nowNanos));
    }
    return CHUNKS_PER_OPERATOR_MAX - chunksWaiting[sender];
  }

  private RecipientRef<DistributedValidator.Command> recipient(int validator) {
    SequencedSet<ActorRef<DistributedValidator.Command>> known = entities.get(validator);
    return known.isEmpty() ? setup.shards().apply(validator) : known.getLast();
  }

  /**
   * Mail without a receipt.
   *
   * @param messages without the chunks
   */
  private record Sent(long serial, int sender, int messages, int chunks, long atNanos) {}

  /** One entity's mail without receipts, oldest first. */
  private static final class Waiting {
    private final ArrayDeque<Sent> sent = new ArrayDeque<>();
    private final int[] bySender;
    private final int[] chunksBySender;
    private int sinceReceipt;

    /**
     * @param chunksBySender of all entities together
     */
    Waiting(int[] chunksBySender) {
      this.bySender = new int[chunksBySender.length];
      this.chunksBySender = chunksBySender;
    }

    /** For messages that are no chunks. */
    int room(int sender, long nowNanos) {
      if (bySender[sender] >= WAITING_PER_OPERATOR_MAX) {
        forgetLost(nowNanos);
      }
      return WAITING_PER_OPERATOR_MAX - bySender[sender];
    }

    /** Is the entity to be asked for a receipt? Other entities wait for the places of chunks. */
    boolean sent(Sent mail) {
      sent.add(mail);
      bySender[mail.sender()] += mail.messages();
      chunksBySender[mail.sender()] += mail.chunks();
      sinceReceipt += mail.messages();
      boolean isDue = sinceReceipt >= MESSAGES_PER_RECEIPT || mail.chunks() > 0;
      if (isDue) {
        sinceReceipt = 0;
      }
      return isDue;
    }

    /** Mail arrives in its order: what is older and has no receipt got lost. */
    void receipt(long serial) {
      while (!sent.isEmpty() && sent.element().serial() <= serial) {
        forgetOldest();
      }
    }

    void forgetLost(long nowNanos) {
      while (!sent.isEmpty() && nowNanos - sent.element().atNanos() > LOST_AFTER.toNanos()) {
        forgetOldest();
      }
    }

    void clear() {
      while (!sent.isEmpty()) {
        forgetOldest();
      }
    }

    private void forgetOldest() {
      Sent oldest = sent.remove();
      bySender[oldest.sender()] -= oldest.messages();
      chunksBySender[oldest.sender()] -= oldest.chunks();
    }
  }
}
