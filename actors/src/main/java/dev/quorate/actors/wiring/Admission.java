/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.config.OperatorFolder;
import dev.quorate.config.OperatorSettings;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.persistence.fence.VoteFence;
import dev.quorate.persistence.guard.SigningGuard;
import dev.quorate.persistence.quarantine.QuarantineRow;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.HighWaterMark;
import dev.quorate.persistence.store.HighWaterMark.Standing;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.actor.typed.receptionist.ServiceKey;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps guard and fence sealed until it is known that the database holds all that was acknowledged
 * from it, or until all that it may lack is refused for good ({@link Quarantine}).
 *
 * <p>A pod whose own mark says so is admitted at once. One that has no mark believes another pod
 * that is admitted; where there is none, and where a mark says that the database is older, the
 * operator enters quarantine, by the clock of this pod and by those of others, so that a clock that
 * is slow does not let it out too soon. Until f + 1 others are heard it signs nothing at all.
 */
final class Admission implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);
  private static final ServiceKey<Command> ADMITTED = ServiceKey.create(Command.class, "admitted");
  private static final Duration TICK = Duration.ofMillis(250);

  /**
   * How old what this pod knows of the quarantine may be: others may have entered or changed it.
   */
  private static final Duration REFRESH = Duration.ofSeconds(5);

  /** How long pods that know nothing wait to hear of one that does, once they are up. */
  private static final Duration HEARSAY = Duration.ofSeconds(10);

  /** How far a single operator's clock is followed. */
  private static final long AHEAD_MILLIS_MAX = Duration.ofHours(1).toMillis();

  private final Operator.Parts parts;
  private final SigningGuard guard;
  private final VoteFence fence;
  private final LongSupplier clock;
  private final long startMillis;
  private final long startNanos = System.nanoTime();
  private final CompletableFuture<Void> admitted = new CompletableFuture<>();
  private final CompletableFuture<Void> mayJoin = new CompletableFuture<>();
  private volatile Optional<HighWaterMark> mark = Optional.empty();
  private volatile Optional<Quarantine> quarantine = Optional.empty();

  sealed interface Command {}

  private enum Tick implements Command {
    TICK
  }

  private record Heard(Set<ActorRef<Command>> admitted) implements Command {}

  Admission(Operator.Parts parts, SigningGuard guard, VoteFence fence, LongSupplier clock) {
    this.parts = parts;
    this.guard = guard;
    this.fence = fence;
    this.clock = clock;
    this.startMillis = clock.getAsLong();
  }

  /** Judges the database, and seals guard and fence unless it is known to be as new as ever. */
  void judge() {
    OperatorSettings.Files files = parts.settings().files();
    HighWaterMark found =
        HighWaterMark.open(
            parts.database(),
            new HighWaterMark.Paths(
                files.mark(parts.settings().pod().name()),
                files.marks().resolve(OperatorFolder.NEVER_SIGNED)),
            startMillis);
    mark = Optional.of(found);
    refresh();
    switch (found.standing()) {
      case CONTINUED, NEVER_SIGNED -> admit();
      case UNKNOWN -> seal();
      case OLDER -> {
        seal();
        LOG.error(
            "the database lacks what this pod had acknowledged from it: it is an older one. Nothing is"
                + " signed that may have been signed before; docs/operations.md, \"Restoring\".");
        enterQuarantine(startMillis);
      }
    }
    if (found.standing() != Standing.OLDER) {
      mayJoin.complete(null);
    }
  }

  private void seal() {
    guard.seal();
    fence.seal();
  }

  private void admit() {
    mark.orElseThrow().begin(this::fellBehind);
    guard.unseal();
    fence.unseal();
    admitted.complete(null);
    mayJoin.complete(null);
  }

  /** Before the validators go to another pod, which may not have noticed. */
  private void fellBehind() {
    try {
      enterQuarantine(clock.getAsLong());
    } catch (DatabaseFailedException failure) {
      LOG.error("the quarantine could not be entered", failure);
    }
  }

  private void enterQuarantine(long nowMillis) {
    QuarantineRow.enter(parts.database(), Quarantine.since(parts.times(), nowMillis));
    refresh();
  }

  private void refresh() {
    quarantine = QuarantineRow.read(parts.database());
  }

  /** Whether guard and fence are sealed. */
  boolean isSealed() {
    return !admitted.isDone();
  }

  /**
   * Once the pod may take validators over. One whose database is older waits until it is admitted;
   * one that knows nothing has to join to hear from others.
   */
  CompletionStage<Void> whenItMayJoin() {
    return mayJoin;
  }

  /** Whether attestations of the current epoch are refused, whatever they say. */
  boolean isInQuarantine() {
    long slot = Math.max(0, parts.times().slotAt(clock.getAsLong()));
    long epoch = parts.times().spec().epochOf(slot);
    return isSealed() || quarantine.filter(held -> held.isCurrent(epoch)).isPresent();
  }

  /** As this pod knows it. */
  Optional<Quarantine> quarantine() {
    return quarantine;
  }

  @Override
  public void close() {
    mark.ifPresent(HighWaterMark::close);
  }

  /**
   * Blocks on the database, so it needs a dispatcher that may.
   *
   * @param peers their clocks
   */
  Behavior<Command> behavior(PeerCounters peers) {
    return Behaviors.setup(
        context -> Behaviors.withTimers(timers -> new Watch(context, timers, peers).behavior()));
  }

  private final class Watch {
    private final ActorContext<Command> context;
    private final TimerScheduler<Command> timers;
    private final PeerCounters peers;
    private final Cluster cluster;
    private final boolean knowsNothing = mark.orElseThrow().standing() == Standing.UNKNOWN;
    private boolean hasLostTrack = mark.orElseThrow().standing() == Standing.OLDER;
    private OptionalLong upSinceNanos = OptionalLong.empty();

    private Watch(
        ActorContext<Command> context, TimerScheduler<Command> timers, PeerCounters peers) {
      this.context = context;
      this.timers = timers;
      this.peers = peers;
      this.cluster = Cluster.get(context.getSystem());
    }

    private Behavior<Command> behavior() {
      if (!isSealed()) {
        return admitted();
      }
      if (knowsNothing) {
        context
            .getSystem()
            .receptionist()
            .tell(
                Receptionist.subscribe(
                    ADMITTED,
                    context.messageAdapter(
                        Receptionist.Listing.class,
                        listing -> new Heard(listing.getServiceInstances(ADMITTED)))));
      }
      timers.startTimerWithFixedDelay(Tick.TICK, TICK);
      return Behaviors.receiveMessage(message ->
          switch (message) {
            case Heard(Set<ActorRef<Command>> others) -> heard(others);
            case Tick _ -> tick();
          });
    }

    private Behavior<Command> heard(Set<ActorRef<Command>> others) {
      if (hasLostTrack || others.isEmpty()) {
        return Behaviors.same();
      }
      LOG.info("another pod vouches for the database");
      refresh();
      admit();
      return admitted();
    }

    private Behavior<Command> tick() {
      if (!hasLostTrack && isNobodyElseToAsk()) {
        hasLostTrack = true;
        LOG.warn(
            "this pod has no mark in {} that would tell whether the database is as new as ever, and"
                + " there is no other pod that has. Nothing is signed that may have been signed"
                + " before; docs/operations.md, \"Restoring\".",
            parts.settings().files().marks());
        enterQuarantine(startedByMillis());
      }
      if (!hasLostTrack || offsetsMillis().size() < parts.cluster().quorum().honest()) {
        return Behaviors.same();
      }
      enterQuarantine(startedByMillis());
      Quarantine entered = quarantine.orElseThrow();
      LOG.warn(
          "in quarantine: no votes and blocks up to slot {}, no attestations up to target epoch {} or"
              + " from before source epoch {}",
          entered.slot(),
          entered.epoch(),
          entered.source());
      admit();
      return admitted();
    }

    /** How far the others' clocks are ahead, of those that are linked, the highest first. */
    private List<Long> offsetsMillis() {
      return IntStream.range(0, parts.cluster().operators().size())
          .mapToObj(peers::vitals)
          .flatMap(Optional::stream)
          .map(PeerCounters.Vitals::clockOffsetMillis)
          .sorted(Comparator.reverseOrder())
          .toList();
    }

    /**
     * The latest time at which this pod may have started: by its own clock then, and as it has been
     * set since; by any other operator's, within bounds, for those that were heard first may be
     * slow or lie; by f + 1 others', one of whom is honest.
     */
    private long startedByMillis() {
      long ownMillis =
          clock.getAsLong() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
      long latest = Math.max(startMillis, ownMillis);
      List<Long> offsets = offsetsMillis();
      if (!offsets.isEmpty()) {
        latest = Math.max(latest, ownMillis + Math.min(offsets.getFirst(), AHEAD_MILLIS_MAX));
      }
      int faulty = parts.cluster().quorum().faulty();
      if (faulty > 0 && offsets.size() > faulty) {
        latest = Math.max(latest, ownMillis + offsets.get(faulty));
      }
      return latest;
    }

    /**
     * Of pods that all know nothing the oldest decides: one that comes to others leaves it to them.
     */
    private boolean isNobodyElseToAsk() {
      if (cluster.selfMember().status() != MemberStatus.up()) {
        return false;
      }
      if (parts.settings().pod().seeds().isEmpty()) {
        return true;
      }
      long nowNanos = System.nanoTime();
      if (upSinceNanos.isEmpty()) {
        upSinceNanos = OptionalLong.of(nowNanos);
      }
      return StreamSupport.stream(cluster.state().getMembers().spliterator(), false)
              .allMatch(member ->
                  member.equals(cluster.selfMember()) || cluster.selfMember().isOlderThan(member))
          && nowNanos - upSinceNanos.getAsLong() > HEARSAY.toNanos();
    }

    private Behavior<Command> admitted() {
      timers.startTimerWithFixedDelay(Tick.TICK, REFRESH);
      context.getSystem().receptionist().tell(Receptionist.register(ADMITTED, context.getSelf()));
      return Behaviors.receiveMessage(_ -> {
        lookAgain();
        return Behaviors.same();
      });
    }

    /** Whoever is heard only now may be ahead of all others; until then it is raised. */
    private void lookAgain() {
      try {
        if (hasLostTrack && isInQuarantine()) {
          enterQuarantine(startedByMillis());
        } else {
          refresh();
        }
      } catch (DatabaseFailedException away) {
        LOG.debug("the quarantine cannot be read now", away);
      }
    }
  }
}
