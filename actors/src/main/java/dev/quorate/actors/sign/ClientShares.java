/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.signing.batch.SameMessageBatch;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a validator client sign that holds this operator's key shares. It cannot be asked: it fetches
 * what is to be signed when it likes, and hands in what it signed. So what the guard granted is
 * laid out here, and what comes back is this operator's partial signature once it verifies under
 * the public share over the granted root, and the guard, asked again, lets it out.
 */
public final class ClientShares implements ShareSource, ClientDesk {
  /** Who may wait at once for what is to be signed. */
  static final int WAITING_MAX = 1024;

  /**
   * What may be kept that came before its duty: some clients sign the selection proofs of two
   * epochs at once.
   */
  static final int EARLY_MAX = 32_768;

  private static final int EPOCHS_AHEAD_MAX = 2;

  private static final Executor GUARD_AGAIN =
      CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS);

  private static final Logger LOG = LoggerFactory.getLogger(ClientShares.class);

  /** The signing guard, as it is asked for a validator of the cluster. */
  @FunctionalInterface
  public interface Guard {
    CompletionStage<GuardVerdict> ask(DutyId duty, Signable signable);
  }

  /** What is known of one duty. */
  private static final class Entry {
    final CompletableFuture<Bytes> partial = new CompletableFuture<>();
    final CompletableFuture<Bytes> signature = new CompletableFuture<>();
    Optional<Request> asked = Optional.empty();
    Optional<Bytes32> handed = Optional.empty();
    Optional<Early> early = Optional.empty();
    boolean isSigned;
  }

  /** It verifies. */
  private record Early(Bytes32 root, Signature signature) {}

  /**
   * Told what the client signed before its duty began, where that matters: where it may have had a
   * choice, or be far ahead.
   */
  @FunctionalInterface
  public interface SignedFirst {
    void onSigned(DutyId duty, Bytes32 root);
  }

  private record Waiter(
      DutyType type,
      long slot,
      Predicate<Request> wanted,
      CompletableFuture<Optional<Request>> answer) {
    boolean waitsFor(Request request) {
      return request.duty().type() == type && request.duty().slot() == slot && wanted.test(request);
    }
  }

  private final List<PublicKey> keys;
  private final SlotTimes times;
  private final LongSupplier clock;
  private final Guard guard;
  private final SignedFirst signedFirst;
  private final Executor crypto;
  private final int earlyMax;
  private final SecureRandom random = new SecureRandom();

  private final NavigableMap<DutyId, Entry> entries = new TreeMap<>();
  private final Set<Waiter> waiters = new LinkedHashSet<>();
  private final ProblemCounts<ClientProblem> refusals = new ProblemCounts<>(ClientProblem.class);
  private int earlyKept;
  private long prunedAtSlot = Long.MIN_VALUE;

  /**
   * @param keys this operator's public share of every validator's key, in the order of the cluster
   *     file
   * @param clock Unix milliseconds
   * @param crypto verifies, and has the client's answers written
   */
  public ClientShares(
      List<PublicKey> keys,
      SlotTimes times,
      LongSupplier clock,
      Guard guard,
      SignedFirst signedFirst,
      Executor crypto) {
    this(keys, times, clock, guard, signedFirst, crypto, EARLY_MAX);
  }

  ClientShares(
      List<PublicKey> keys,
      SlotTimes times,
      LongSupplier clock,
      Guard guard,
      SignedFirst signedFirst,
      Executor crypto,
      int earlyMax) {
    this.keys = List.copyOf(keys);
    this.times = times;
    this.clock = clock;
    this.guard = guard;
    this.signedFirst = signedFirst;
    this.crypto = crypto;
    this.earlyMax = earlyMax;
  }

  // ---- what is to be signed

  @Override
  public CompletionStage<Bytes> sign(Request request) {
    List<Waiter> told;
    Optional<Early> early;
    Entry entry;
    synchronized (this) {
      prune();
      entry = entry(request.duty());
      if (entry.asked.isPresent()) {
        return entry.asked.filter(before -> before.root().equals(request.root())).isPresent()
            ? entry.partial.copy()
            : CompletableFuture.failedFuture(
                new IllegalStateException("another root than before: " + request.duty()));
      }
      entry.asked = Optional.of(request);
      early = entry.early;
      entry.early = Optional.empty();
      earlyKept -= early.isPresent() ? 1 : 0;
      told = waiters.stream().filter(waiter -> waiter.waitsFor(request)).toList();
    }
    // Not by whoever asks, a validator's entity: what it is told may be large to write.
    told.forEach(waiter -> waiter.answer().completeAsync(() -> Optional.of(request), crypto));
    early.ifPresent(kept ->
        handIn(entry, request, kept)
            .thenAccept(problem -> problem.ifPresent(one -> refused(one, request.duty()))));
    return entry.partial.copy();
  }

  @Override
  public CompletionStage<Optional<Request>> granted(
      DutyType type, long slot, Predicate<Request> wanted, long untilMillis) {
    Waiter waiter = new Waiter(type, slot, wanted, new CompletableFuture<>());
    synchronized (this) {
      prune();
      Optional<Request> there =
          of(type, slot).stream().flatMap(entry -> entry.asked.stream()).filter(wanted).findFirst();
      long leftMillis = untilMillis - clock.getAsLong();
      if (there.isPresent() || leftMillis <= 0) {
        return CompletableFuture.completedStage(there);
      }
      if (waiters.size() >= WAITING_MAX) {
        refused(ClientProblem.BUFFER_FULL);
        return CompletableFuture.completedStage(Optional.empty());
      }
      waiters.add(waiter);
      waiter.answer().completeOnTimeout(Optional.empty(), leftMillis, TimeUnit.MILLISECONDS);
    }
    return waiter.answer().whenComplete((_, _) -> forget(waiter));
  }

  private synchronized void forget(Waiter waiter) {
    waiters.remove(waiter);
  }

  /** This operator's partial signature of a duty is durable, as it may have been at the start. */
  public synchronized void onSigned(DutyId duty) {
    if (!duty.type().isPublished()) {
      entry(duty).isSigned = true;
    }
  }

  /** The group's signature of a duty is made. */
  public void onCompleted(DutyId duty, Bytes signature) {
    if (!duty.type().isPublished()) {
      Entry entry;
      synchronized (this) {
        entry = entry(duty);
      }
      entry.signature.completeAsync(() -> signature, crypto);
    }
  }

  @Override
  public CompletionStage<Optional<Bytes>> completed(DutyId duty, long untilMillis) {
    Entry entry;
    synchronized (this) {
      // Of a slot that is over nobody waits for what is not there.
      if (untilMillis <= clock.getAsLong() && !entries.containsKey(duty)) {
        return CompletableFuture.completedStage(Optional.empty());
      }
      entry = entry(duty);
    }
    return entry
        .signature
        .thenApply(Optional::of)
        .completeOnTimeout(
            Optional.empty(), Math.max(0, untilMillis - clock.getAsLong()), TimeUnit.MILLISECONDS);
  }

  // ---- what was signed

  @Override
  public CompletionStage<List<Optional<ClientProblem>>> take(List<Handed> handed) {
    List<Optional<ClientProblem>> judged = handed.stream().map(this::judge).toList();
    return CompletableFuture.supplyAsync(() -> verify(handed, judged), crypto)
        .thenCompose(verified -> {
          List<CompletableFuture<Optional<ClientProblem>>> taken = new ArrayList<>();
          for (int i = 0; i < handed.size(); i++) {
            DutyId duty = handed.get(i).duty();
            Bytes32 root = handed.get(i).root();
            Optional<ClientProblem> problem = judged.get(i);
            CompletionStage<Optional<ClientProblem>> outcome =
                problem.isPresent()
                    ? CompletableFuture.completedStage(problem)
                    : verified
                        .get(i)
                        .map(signature -> keep(duty, new Early(root, signature)))
                        .orElseGet(() ->
                            CompletableFuture.completedStage(
                                Optional.of(ClientProblem.WRONG_SIGNATURE)));
            taken.add(
                outcome
                    .whenComplete((found, failure) -> {
                      if (failure == null) {
                        found.ifPresent(one -> refused(one, duty));
                      }
                    })
                    .toCompletableFuture());
          }
          return CompletableFuture.allOf(taken.toArray(CompletableFuture<?>[]::new))
              .thenApply(_ -> taken.stream().map(CompletableFuture::join).toList());
        });
  }

  /** What speaks against it, whoever signed it. */
  private synchronized Optional<ClientProblem> judge(Handed handed) {
    DutyId duty = handed.duty();
    long now = clock.getAsLong();
    long ahead = duty.slot() - Math.max(0, times.slotAt(now));
    if (duty.validator() >= keys.size()) {
      return Optional.of(ClientProblem.UNKNOWN_VALIDATOR);
    }
    if (ahead > EPOCHS_AHEAD_MAX * times.spec().slotsPerEpoch()) {
      return Optional.of(ClientProblem.TOO_EARLY);
    }
    if (times.deadlineMillis(duty.type(), duty.slot()) < now) {
      return Optional.of(ClientProblem.TOO_LATE);
    }
    Optional<Entry> entry = Optional.ofNullable(entries.get(duty));
    if (entry.flatMap(one -> one.handed).filter(handed.root()::equals).isPresent()) {
      return Optional.of(ClientProblem.DUPLICATE);
    }
    Optional<Request> asked = entry.flatMap(one -> one.asked);
    if (asked.isPresent()) {
      return duty.type().maySignOther()
              || asked.filter(one -> one.root().equals(handed.root())).isPresent()
          ? Optional.empty()
          : Optional.of(ClientProblem.WRONG_MESSAGE);
    }
    // What one validator of a slot was granted is handed out for all: the others' turn may be yet
    // to come when the client is done already.
    return mayComeFirst(duty.type())
            || of(duty.type(), duty.slot()).stream().anyMatch(one -> one.asked.isPresent())
        ? Optional.empty()
        : Optional.of(ClientProblem.NOTHING_AGREED);
  }

  /** Whether a client knows what to sign by itself. */
  private static boolean mayComeFirst(DutyType type) {
    return switch (type) {
      case RANDAO, PREPARE_AGGREGATOR, PREPARE_SYNC_CONTRIBUTION, SYNC_MESSAGE, EXIT -> true;
      case PROPOSER, ATTESTER, BUILDER_REGISTRATION, AGGREGATOR, SYNC_CONTRIBUTION, INFO_SYNC ->
          false;
    };
  }

  /** The signatures that verify, each message's in one batch. */
  private List<Optional<Signature>> verify(
      List<Handed> handed, List<Optional<ClientProblem>> judged) {
    List<Optional<Signature>> verified =
        new ArrayList<>(Collections.nCopies(handed.size(), Optional.empty()));
    Map<Bytes32, List<Integer>> byRoot = new HashMap<>();
    for (int i = 0; i < handed.size(); i++) {
      Optional<Signature> decoded = Signature.decode(handed.get(i).signature());
      if (judged.get(i).isEmpty() && decoded.isPresent()) {
        verified.set(i, decoded);
        byRoot.computeIfAbsent(handed.get(i).root(), _ -> new ArrayList<>()).add(i);
      }
    }
    byRoot.forEach((root, positions) ->
        SameMessageBatch.verify(
                HashedMessage.of(root),
                positions.stream()
                    .map(position ->
                        new SameMessageBatch.Entry(
                            keys.get(handed.get(position).duty().validator()),
                            verified.get(position).orElseThrow()))
                    .toList(),
                random)
            .invalid()
            .forEach(wrong -> verified.set(positions.get(wrong), Optional.empty())));
    return verified;
  }

  private CompletionStage<Optional<ClientProblem>> keep(DutyId duty, Early signed) {
    Entry entry;
    Optional<Request> request;
    Optional<ClientProblem> problem = Optional.empty();
    synchronized (this) {
      entry = entry(duty);
      request = entry.asked;
      if (request.isEmpty()) {
        problem = keepEarly(entry, signed);
      }
    }
    if (request.isPresent()) {
      return handIn(entry, request.get(), signed);
    }
    if (problem.isEmpty() && (duty.type().maySignOther() || duty.type().mayBeDoneAhead())) {
      signedFirst.onSigned(duty, signed.root());
    }
    return CompletableFuture.completedStage(problem);
  }

  private Optional<ClientProblem> keepEarly(Entry entry, Early signed) {
    if (entry.early.isEmpty()) {
      if (earlyKept >= earlyMax) {
        return Optional.of(ClientProblem.BUFFER_FULL);
      }
      earlyKept++;
    }
    entry.early = Optional.of(signed);
    entry.handed = Optional.of(signed.root());
    return Optional.empty();
  }

  /** It may have waited for long: only what the guard still lets out leaves. */
  private CompletionStage<Optional<ClientProblem>> handIn(
      Entry entry, Request request, Early signed) {
    if (!signed.root().equals(request.root())) {
      // The guard holds one root: what it granted first is all that may leave.
      return CompletableFuture.completedStage(
          Optional.of(
              request.duty().type().maySignOther()
                  ? ClientProblem.OTHER_HEAD
                  : ClientProblem.WRONG_MESSAGE));
    }
    return ask(request)
        .thenApply(verdict ->
            switch (verdict) {
              case GuardVerdict.Granted _ -> {
                synchronized (this) {
                  entry.handed = Optional.of(signed.root());
                }
                entry.partial.complete(signed.signature().uncompressed());
                yield Optional.empty();
              }
              case GuardVerdict.Refused _ -> Optional.of(ClientProblem.REFUSED_BY_GUARD);
            });
  }

  /** Until the duty is over: the client was told of success, and does not sign again. */
  private CompletionStage<GuardVerdict> ask(Request request) {
    DutyId duty = request.duty();
    return guard
        .ask(duty, request.signable())
        .exceptionallyCompose(failure -> {
          LOG.error("{}: the signing guard does not answer", duty, failure);
          return times.deadlineMillis(duty.type(), duty.slot()) < clock.getAsLong()
              ? CompletableFuture.completedStage(new GuardVerdict.Refused(Reason.INTERNAL_FAILURE))
              : CompletableFuture.supplyAsync(() -> ask(request), GUARD_AGAIN)
                  .thenCompose(again -> again);
        });
  }

  @Override
  public synchronized boolean hasHanded(DutyType type, long slot) {
    return of(type, slot).stream().anyMatch(entry -> entry.handed.isPresent() || entry.isSigned);
  }

  // ---- counts and bounds

  @Override
  public void refused(ClientProblem problem) {
    refusals.count(problem);
  }

  private void refused(ClientProblem problem, DutyId duty) {
    if (problem == ClientProblem.DUPLICATE) {
      refused(problem);
      return;
    }
    refusals
        .countForTheLog(problem)
        .ifPresent(soFar ->
            LOG.warn(
                "{}: the validator client's signature is not taken: {}, {} so far",
                duty,
                problem.meaning(),
                soFar));
  }

  @Override
  public Map<ClientProblem, Long> refusals() {
    return refusals.all();
  }

  private Entry entry(DutyId duty) {
    return entries.computeIfAbsent(duty, _ -> new Entry());
  }

  private Collection<Entry> of(DutyType type, long slot) {
    return entries
        .subMap(
            new DutyId(type, slot, 0, 0),
            true,
            new DutyId(type, slot, Integer.MAX_VALUE, Integer.MAX_VALUE),
            true)
        .values();
  }

  /** Once a slot: what is past its deadline is of no use to anybody. */
  private void prune() {
    long now = clock.getAsLong();
    long slot = times.slotAt(now);
    if (slot == prunedAtSlot) {
      return;
    }
    prunedAtSlot = slot;
    entries
        .entrySet()
        .removeIf(one -> {
          boolean isOver = endMillis(one.getKey(), one.getValue()) < now;
          if (isOver && one.getValue().early.isPresent()) {
            earlyKept--;
          }
          return isOver;
        });
  }

  /** The group's selection proof is asked for as long as what it selects for may be handed in. */
  private long endMillis(DutyId duty, Entry entry) {
    DutyType last =
        entry.signature.isDone() ? duty.type().dependent().orElse(duty.type()) : duty.type();
    return times.deadlineMillis(last, duty.slot());
  }

  /** For tests: duties of which something is kept. */
  synchronized int kept() {
    return entries.size();
  }
}
