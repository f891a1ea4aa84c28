/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.history;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.slashing.Contradiction;
import dev.quorate.ethereum.slashing.SignedMessages;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.CorruptJournalException;
import dev.quorate.persistence.event.EntitySnapshot;
import dev.quorate.persistence.event.EventCodec;
import dev.quorate.persistence.history.SigningHistory.Point;
import dev.quorate.persistence.history.SigningHistory.Row;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What must hold of a validator's history, wherever it comes from: its chain of hashes is unbroken
 * from anchor to head, no two messages that it authorised contradict each other, and what was
 * signed is what was authorised. It does not show that the operator left nothing out: see {@link
 * #differences}.
 */
public final class HistoryCheck {
  /**
   * A share or a completion of a duty that is no more than so many slots later than the first event
   * may have its intent before the anchor: no duty is open for longer. One that was done ahead of
   * its slot may be so much later.
   */
  private static final long SLOTS_OPEN_MAX = 64;

  private HistoryCheck() {}

  /** Whether a BLS signature, of 96 or 192 bytes, of a public key, 48 bytes, is over a root. */
  @FunctionalInterface
  public interface Verifier {
    boolean verifies(Bytes key, Bytes32 root, Bytes signature);
  }

  /**
   * Something that is wrong.
   *
   * @param sequence of the event
   * @param duty empty if it is not about one
   */
  public record Finding(long sequence, Optional<DutyId> duty, String what) {
    @Override
    public String toString() {
      return "event " + sequence + duty.map(id -> ", " + id).orElse("") + ": " + what;
    }
  }

  /**
   * A message that was authorised to be signed.
   *
   * @param sequence of the event, or of the snapshot that tells of it
   */
  public record Intent(long sequence, DutyId duty, Value value, Signable signable) {
    private Finding contradicts(Intent other) {
      String why =
          Contradiction.between(WatermarkKind.of(duty.type()), signable, other.signable)
              .map(Contradiction::words)
              .orElse("is another message of the same duty");
      return new Finding(
          sequence,
          Optional.of(duty),
          "contradicts event %d, %s: it %s (%s; the other: %s)"
              .formatted(
                  other.sequence, other.duty, why, described(signable), described(other.signable)));
    }

    private static String described(Signable signable) {
      return "source %d, target %d, root %s"
          .formatted(signable.source(), signable.target(), signable.root());
    }
  }

  /**
   * A history that was looked at.
   *
   * @param hashes by number, from the anchor on
   * @param findings empty: nothing is wrong
   */
  public record Checked(
      SigningHistory history,
      SortedMap<Long, Bytes32> hashes,
      List<Intent> intents,
      List<Finding> findings) {
    public Checked {
      hashes = Collections.unmodifiableSortedMap(hashes);
      intents = List.copyOf(intents);
      findings = List.copyOf(findings);
    }
  }

  public static Checked check(SigningHistory history, Verifier verifier) {
    Walk walk = new Walk(history, verifier);
    walk.through();
    return new Checked(history, walk.hashes, walk.intents, walk.findings);
  }

  /**
   * What a later history of the same validator shows not to be the earlier one's sequel, and
   * messages of the one that contradict one of the other.
   */
  public static List<Finding> differences(Checked earlier, Checked later) {
    List<Finding> findings = new ArrayList<>();
    Point head = earlier.history().head();
    Optional<Long> parting =
        earlier.hashes().entrySet().stream()
            .filter(known ->
                !later
                    .hashes()
                    .getOrDefault(known.getKey(), known.getValue())
                    .equals(known.getValue()))
            .map(Map.Entry::getKey)
            .findFirst();
    parting.ifPresent(sequence ->
        findings.add(
            new Finding(
                sequence,
                Optional.empty(),
                "from here on the files tell different histories: the journal was rewritten, or"
                    + " restored from a backup and gone on with")));
    if (later.history().head().sequence() < head.sequence()) {
      findings.add(
          new Finding(
              later.history().head().sequence(),
              Optional.empty(),
              "here the later file ends, before the earlier one's head at event %d: the journal went"
                      .formatted(head.sequence())
                  + " back, or the files are named in the wrong order"));
    }
    // What both hold was compared with all that each holds.
    Set<Intent> alsoEarlier = new HashSet<>(earlier.intents());
    Set<Intent> alsoLater = new HashSet<>(later.intents());
    Authorised before = new Authorised();
    earlier.intents().stream().filter(intent -> !alsoLater.contains(intent)).forEach(before::add);
    later.intents().stream()
        .filter(intent -> !alsoEarlier.contains(intent))
        .flatMap(intent -> before.contradicted(intent).stream())
        .forEach(findings::add);
    return findings;
  }

  /** The number of the last event that is in neither file, if there are such between the two. */
  public static OptionalLong missing(Checked earlier, Checked later) {
    long before = later.history().anchor().sequence();
    return before > earlier.history().head().sequence()
        ? OptionalLong.of(before)
        : OptionalLong.empty();
  }

  /** What was authorised so far, and what contradicts it. */
  private static final class Authorised {
    private record Kind(DutyType type, int part) {}

    private final Map<Kind, SignedMessages<Intent>> messages = new HashMap<>();
    private final Map<DutyId, Intent> duties = new HashMap<>();

    void add(Intent intent) {
      messages(intent).add(intent, intent.signable());
      duties.putIfAbsent(intent.duty(), intent);
    }

    Optional<Finding> contradicted(Intent intent) {
      return messages(intent)
          .contradicting(intent.signable())
          .or(() ->
              of(intent.duty())
                  .filter(other ->
                      !other.signable().root().equals(intent.signable().root())
                          || !other.value().equals(intent.value())))
          .map(intent::contradicts);
    }

    Optional<Intent> of(DutyId duty) {
      return Optional.ofNullable(duties.get(duty));
    }

    private SignedMessages<Intent> messages(Intent intent) {
      DutyType type = intent.duty().type();
      return messages.computeIfAbsent(
          new Kind(type, intent.duty().part()), _ -> new SignedMessages<>(WatermarkKind.of(type)));
    }
  }

  /** On the way from anchor to head. */
  private static final class Walk {
    private final SigningHistory history;
    private final Verifier verifier;
    private final SortedMap<Long, Bytes32> hashes = new TreeMap<>();
    private final List<Intent> intents = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();
    private final Authorised authorised = new Authorised();
    private final Set<DutyId> intended = new HashSet<>();
    private final Map<DutyId, Bytes> shares = new HashMap<>();
    private final Map<DutyId, Bytes> completions = new HashMap<>();
    private OptionalLong firstSlot = OptionalLong.empty();
    private Point last;

    Walk(SigningHistory history, Verifier verifier) {
      this.history = history;
      this.verifier = verifier;
      last = history.anchor();
    }

    void through() {
      hashes.put(last.sequence(), last.hash());
      if (last.sequence() == 0 && !last.equals(Point.NONE)) {
        find(0, "before the first event there is none, yet it has a hash");
      }
      Optional<EntitySnapshot> snapshot = history.snapshot().flatMap(this::snapshot);
      for (Row row : history.rows()) {
        follow(row);
      }
      if (!last.equals(history.head())) {
        find(
            history.head().sequence(),
            "the head has the hash %s; the events end with event %d, hash %s"
                .formatted(history.head().hash(), last.sequence(), last.hash()));
      }
      snapshot.ifPresent(this::compare);
    }

    private Optional<EntitySnapshot> snapshot(Row row) {
      try {
        EntitySnapshot snapshot = EventCodec.decodeSnapshot(row.encoded());
        snapshot.recent().stream()
            .flatMap(event -> intent(row.sequence(), event).stream())
            .forEach(this::authorise);
        return Optional.of(snapshot);
      } catch (CorruptJournalException corrupt) {
        find(row.sequence(), "the snapshot cannot be read: " + corrupt.getMessage());
        return Optional.empty();
      }
    }

    private void compare(EntitySnapshot snapshot) {
      long sequence = history.snapshot().orElseThrow().sequence();
      if (sequence > last.sequence()) {
        find(sequence, "a snapshot tells of it, but the events end with event " + last.sequence());
      } else if (hashes.containsKey(sequence)
          && !snapshot.lastHash().equals(hashes.get(sequence))) {
        find(sequence, "the snapshot has the hash %s for it".formatted(snapshot.lastHash()));
      }
    }

    private void follow(Row row) {
      if (row.sequence() != last.sequence() + 1) {
        find(row.sequence(), "it comes behind event " + last.sequence());
      }
      try {
        ChainedEvent decoded = EventCodec.decode(row.encoded());
        judge(row.sequence(), decoded.event());
        decoded.hashAfter(last.hash());
      } catch (CorruptJournalException corrupt) {
        find(row.sequence(), String.valueOf(corrupt.getMessage()));
      }
      last = row.point();
      hashes.put(last.sequence(), last.hash());
    }

    private void judge(long sequence, DutyEvent event) {
      DutyId duty = event.duty();
      if (firstSlot.isEmpty()) {
        firstSlot = OptionalLong.of(duty.slot());
      }
      switch (event) {
        case DutyEvent.Intended _ -> {
          intended.add(duty);
          intent(sequence, event).ifPresent(this::authorise);
        }
        case DutyEvent.Shared(_, Bytes signature, _) -> {
          requireIntent(sequence, duty, "share");
          requireOne(sequence, duty, shares, signature, "share");
          verify(sequence, duty, history.subject().share(), signature, "share");
        }
        case DutyEvent.Completed completed -> {
          requireOne(sequence, duty, completions, completed.signature(), "completion");
          // Where a client may sign another head than the group did, the intent says nothing of it.
          if (completed.value().isEmpty() || !duty.type().maySignOther()) {
            completed
                .value()
                .ifPresentOrElse(
                    value -> requireValue(sequence, duty, value),
                    () -> requireIntent(sequence, duty, "completion"));
            verify(
                sequence, duty, history.subject().validator(), completed.signature(), "completion");
          }
        }
        // Nothing is signed on it.
        case DutyEvent.Decided _, DutyEvent.Failed _ -> {}
      }
    }

    private static Optional<Intent> intent(long sequence, DutyEvent event) {
      return event instanceof DutyEvent.Intended(DutyId duty, Value value, Signable signable, _, _)
          ? Optional.of(new Intent(sequence, duty, value, signable))
          : Optional.empty();
    }

    private void authorise(Intent intent) {
      if (!saysItsValue(intent)) {
        find(
            intent.sequence(),
            intent.duty(),
            "its value does not ask to sign %s".formatted(Intent.described(intent.signable())));
      }
      authorised.contradicted(intent).ifPresent(findings::add);
      authorised.add(intent);
      intents.add(intent);
    }

    /** Otherwise a made-up source or target would hide a contradiction. */
    private static boolean saysItsValue(Intent intent) {
      return switch (intent.duty().type()) {
        case ATTESTER ->
            AttestationData.decode(intent.value().content())
                .filter(data ->
                    data.slot() == intent.duty().slot()
                        && data.source().epoch() == intent.signable().source()
                        && data.target().epoch() == intent.signable().target())
                .isPresent();
        // A block that the row only names is taken as it says: its bytes are elsewhere.
        case PROPOSER ->
            isOfItsSlot(intent)
                && (!intent.value().isWhole()
                    || Proposal.decode(intent.value())
                        .filter(proposal -> proposal.slot() == intent.duty().slot())
                        .isPresent());
        case EXIT,
            BUILDER_REGISTRATION,
            RANDAO,
            PREPARE_AGGREGATOR,
            AGGREGATOR,
            SYNC_MESSAGE,
            PREPARE_SYNC_CONTRIBUTION,
            SYNC_CONTRIBUTION ->
            isOfItsSlot(intent);
        case INFO_SYNC -> false;
      };
    }

    private static boolean isOfItsSlot(Intent intent) {
      return intent.signable().source() == 0 && intent.signable().target() == intent.duty().slot();
    }

    private void requireIntent(long sequence, DutyId duty, String what) {
      boolean mayBeBefore =
          history.anchor().sequence() > 0
              && duty.slot()
                  <= firstSlot.orElse(0)
                      + SLOTS_OPEN_MAX
                      + (duty.type().mayBeDoneAhead() ? duty.type().slotsAhead() : 0);
      // What a snapshot tells is in no hash.
      if (!intended.contains(duty) && !mayBeBefore) {
        find(sequence, duty, "a " + what + " of what was not intended");
      }
    }

    private void requireValue(long sequence, DutyId duty, Value value) {
      authorised
          .of(duty)
          .filter(intent -> !intent.value().equals(value))
          .ifPresent(intent ->
              find(
                  sequence,
                  duty,
                  "a completion of another value than event %d intended"
                      .formatted(intent.sequence())));
    }

    private void requireOne(
        long sequence, DutyId duty, Map<DutyId, Bytes> known, Bytes signature, String what) {
      Bytes earlier = known.putIfAbsent(duty, signature);
      if (earlier != null && !earlier.equals(signature)) {
        find(sequence, duty, "a second " + what + ", which is not the first");
      }
    }

    private void verify(long sequence, DutyId duty, Bytes key, Bytes signature, String what) {
      authorised
          .of(duty)
          .filter(intent -> !verifier.verifies(key, intent.signable().root(), signature))
          .ifPresent(intent ->
              find(
                  sequence,
                  duty,
                  "a %s whose signature is not of what event %d intended"
                      .formatted(what, intent.sequence())));
    }

    private void find(long sequence, DutyId duty, String what) {
      findings.add(new Finding(sequence, Optional.of(duty), what));
    }

    private void find(long sequence, String what) {
      findings.add(new Finding(sequence, Optional.empty(), what));
    }
  }
}
