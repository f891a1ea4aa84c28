/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.FenceRule;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.SigningRule;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.ethereum.slashing.Watermarks;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * One operator's database: journal, vote fence, signing guard. A write is seen by whoever reads
 * next, also after a crash, but it outlives a power cut only once it is forced, and with it all
 * that was written before. Rules are those of production; what is simulated is the storage.
 */
final class Disk {
  private record Unforced(long number, List<DutyEvent> events, Runnable undo) {}

  private long rows;
  private DutyLedger ledger = DutyLedger.EMPTY;
  private Map<DutyId, Bytes> fence = new HashMap<>();
  private long floor = -1;
  private Watermarks watermarks = Watermarks.NONE;
  private Optional<Quarantine> quarantine = Optional.empty();
  private boolean isOlder;

  private final Consumer<DutyEvent> durable;
  private final Deque<Unforced> unforced = new ArrayDeque<>();
  private long written;

  /**
   * @param durable told of every event once it is forced
   */
  Disk(Consumer<DutyEvent> durable) {
    this.durable = durable;
  }

  /** A copy of everything, as a backup takes it. */
  record Backup(
      long rows,
      DutyLedger ledger,
      Map<DutyId, Bytes> fence,
      long floor,
      Watermarks watermarks,
      Optional<Quarantine> quarantine) {}

  DutyLedger ledger() {
    return ledger;
  }

  /** How many rows the journal has: the next one's number. */
  long rows() {
    return rows;
  }

  /**
   * @param expectedRows how many rows the writer knows of
   * @return the write's number; empty if another writer was faster: its key stands already
   */
  Optional<Long> append(long expectedRows, List<DutyEvent> events) {
    if (expectedRows != rows) {
      return Optional.empty();
    }
    long rowsBefore = rows;
    DutyLedger ledgerBefore = ledger;
    for (DutyEvent event : events) {
      ledger = ledger.apply(event);
      rows++;
    }
    return Optional.of(
        writing(
            events,
            () -> {
              rows = rowsBefore;
              ledger = ledgerBefore;
            }));
  }

  FenceVerdict claim(DutyId duty, Bytes activation) {
    if (quarantine.isPresent() && quarantine.get().forbidsVotes(duty.slot())) {
      return new FenceVerdict.Foreign(Reason.QUARANTINED);
    }
    Optional<Bytes> owner = Optional.ofNullable(fence.get(duty));
    FenceVerdict verdict = FenceRule.judge(duty.slot(), floor, owner, activation);
    if (verdict instanceof FenceVerdict.Owned && owner.isEmpty()) {
      fence.put(duty, activation);
      writing(List.of(), () -> fence.remove(duty));
    }
    return verdict;
  }

  /** Returns once it is forced. */
  void prune(long belowSlot) {
    if (belowSlot - 1 > floor) {
      floor = belowSlot - 1;
      fence.keySet().removeIf(duty -> duty.slot() <= floor);
      force(written);
    }
  }

  GuardVerdict ask(DutyId duty, Signable signable, long currentEpoch, long currentSlot) {
    WatermarkKind kind = WatermarkKind.of(duty.type()).orElseThrow();
    Optional<Reason> refusal =
        quarantine.flatMap(held -> held.refusal(Optional.of(kind), duty.slot(), signable));
    if (refusal.isPresent()) {
      return new GuardVerdict.Refused(refusal.get());
    }
    return switch (SigningRule.decide(kind, signable, watermarks, currentEpoch, currentSlot)) {
      case SigningRule.Decision.Granted(Watermarks next) -> {
        Watermarks before = watermarks;
        watermarks = next;
        writing(List.of(), () -> watermarks = before);
        yield new GuardVerdict.Granted();
      }
      case SigningRule.Decision.Refused(var reason) -> new GuardVerdict.Refused(reason);
    };
  }

  /** The number of the last write. */
  long written() {
    return written;
  }

  /** All writes up to this one stay, whatever happens. */
  void force(long number) {
    while (!unforced.isEmpty() && unforced.getFirst().number() <= number) {
      unforced.removeFirst().events().forEach(durable);
    }
  }

  /**
   * The power is cut: of what was not forced some of the first writes are there, the rest is gone.
   */
  void cutPower(SplittableRandom random) {
    int kept = random.nextInt(unforced.size() + 1);
    for (int i = 0; i < kept; i++) {
      force(unforced.getFirst().number());
    }
    while (!unforced.isEmpty()) {
      unforced.removeLast().undo().run();
    }
  }

  /** Of what is on disk: whoever reads all of it waits for what is being written. */
  Backup backUp() {
    force(written);
    return new Backup(rows, ledger, Map.copyOf(fence), floor, watermarks, quarantine);
  }

  void restore(Backup backup) {
    unforced.clear();
    rows = backup.rows();
    ledger = backup.ledger();
    fence = new HashMap<>(backup.fence());
    floor = backup.floor();
    watermarks = backup.watermarks();
    quarantine = backup.quarantine();
    isOlder = true;
  }

  /** Whether it lacks what was acknowledged from it, as the pod's high-water mark tells. */
  boolean isOlder() {
    return isOlder;
  }

  Optional<Quarantine> quarantine() {
    return quarantine;
  }

  /** What it may lack is refused for good. Returns once it is forced. */
  void enter(Quarantine since) {
    quarantine = Optional.of(quarantine.map(held -> held.and(since)).orElse(since));
    isOlder = false;
    force(written);
  }

  private long writing(List<DutyEvent> events, Runnable undo) {
    unforced.addLast(new Unforced(++written, events, undo));
    return written;
  }
}
