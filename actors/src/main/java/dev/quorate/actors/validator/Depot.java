/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.DutyMessage.Agreement;
import dev.quorate.consensus.duty.DutyMessage.Chunk;
import dev.quorate.consensus.duty.DutyMessage.Pull;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.wire.WireLimits;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The large values of one validator's duties: what came of them, what was named and lacks, and the
 * messages that wait for it. The core sees a message only when its value is whole and its duty is
 * open, so that it never votes for what is not here, nor keeps what nobody counts. One part of an
 * operator's chunks does not spoil another's: each has its own place, and nothing is believed
 * before the hash is right.
 *
 * <p>Bounded in duties, in values and messages of each operator, and in bytes by the {@link
 * DepotBudget}. Of one entity, and not safe for use by many threads.
 */
final class Depot {
  /** Duties of which there is something: those of the lowest slots give way. */
  static final int DUTIES_MAX = 4;

  /** Values that an operator may have sent, or be sending, in one duty: the oldest gives way. */
  static final int VALUES_PER_OPERATOR_MAX = 4;

  /** Messages of an operator that wait for a value in one duty. */
  static final int HELD_PER_OPERATOR_MAX = 16;

  /** Answers to one operator that lacks a value of a duty. */
  static final int ANSWERS_PER_OPERATOR_MAX = 4;

  /** How often is looked whether a value has come, {@link #LOOK_MILLIS} apart. */
  static final int LOOKS_MAX = 64;

  static final long LOOK_MILLIS = 250;

  /** Who sends less than so many chunks between two looks is slow: 512 KiB a second. */
  static final int CHUNKS_PER_LOOK_MIN = 4;

  /**
   * So many slow looks are borne with the first operator, twice as many with each that is asked
   * after it: one that dawdles is passed by, and a slow line is not filled with asking.
   */
  static final int SLOW_LOOKS = 2;

  /** Nobody is asked again for a value within so many looks. */
  static final int LOOKS_BETWEEN_ASKS = 4;

  /** What came of a duty that nobody has opened by then is dropped. */
  static final long UNOPENED_MILLIS = 30_000;

  /** What a place costs, however small the value. */
  private static final int PLACE_BYTES = 1024;

  private final DepotBudget budget;
  private final int self;
  private final TreeMap<DutyId, Shelf> shelves = new TreeMap<>();

  /**
   * @param self this operator's position
   */
  Depot(DepotBudget budget, int self) {
    this.budget = budget;
    this.self = self;
  }

  /** What has come of a duty's values. */
  private static final class Shelf {
    final Map<Integer, LinkedHashMap<Bytes32, Place>> places = new TreeMap<>();
    final List<Agreement> held = new ArrayList<>();
    final Map<Answered, Integer> answers = new HashMap<>();
    final Map<Bytes32, Search> searches = new HashMap<>();
  }

  /** A value on its way from one operator, chunk by chunk in order, or whole. */
  private static final class Place {
    final int size;
    final List<Bytes> chunks = new ArrayList<>();
    Optional<Value> whole = Optional.empty();

    Place(int size) {
      this.size = size;
    }

    /** How many bytes have come. */
    int next() {
      return chunks.size() * WireLimits.CHUNK_BYTES;
    }

    long cost() {
      return PLACE_BYTES + (long) size;
    }
  }

  private record Answered(int operator, Bytes32 value) {}

  /** How the search for a value goes: one operator is waited for, at first who named it first. */
  private static final class Search {
    final Map<Integer, Integer> askedAtLook = new HashMap<>();
    int source;
    int looks;
    int chunksSeen;
    int slowLooks;
    int slowLooksMax = SLOW_LOOKS;

    Search(int source) {
      this.source = source;
    }

    void turnTo(int operator, int chunks) {
      source = operator;
      chunksSeen = chunks;
      askedAtLook.put(operator, looks);
      slowLooks = 0;
    }
  }

  /** Whether the message names a value whose bytes are elsewhere. */
  static boolean isNamedOnly(Agreement message) {
    return named(message).isPresent();
  }

  /** The hash of the value whose bytes are elsewhere; empty if they are here. */
  static Optional<Bytes32> named(Agreement message) {
    Optional<Value> value =
        switch (message.message()) {
          case QbftMessage.Cast cast -> cast.value();
          case QbftMessage.Decided decided -> Optional.of(decided.decision().value());
        };
    return value.filter(v -> !v.isWhole()).map(Value::hash);
  }

  /**
   * Remembers a value of this operator's own, or that it is about to sign: from then on whoever
   * sent it cannot push it out.
   *
   * @return false if it was here already: others have it too, or can ask who sent it
   */
  boolean keep(DutyId duty, Value value) {
    boolean isNew = find(duty, value.hash()).isEmpty();
    Shelf shelf = shelf(duty);
    if (!shelf.places.getOrDefault(self, new LinkedHashMap<>()).containsKey(value.hash())) {
      Place place = new Place(value.content().size());
      place.whole = Optional.of(value);
      budget.charge(self, place.cost());
      place(shelf, self, value.hash(), place);
    }
    return isNew;
  }

  Optional<Value> find(DutyId duty, Bytes32 hash) {
    return Optional.ofNullable(shelves.get(duty)).flatMap(shelf -> find(shelf, hash));
  }

  private static Optional<Value> find(Shelf shelf, Bytes32 hash) {
    return shelf.places.values().stream()
        .flatMap(places -> Optional.ofNullable(places.get(hash)).stream())
        .flatMap(place -> place.whole.stream())
        .findFirst();
  }

  /**
   * Keeps a message until it is {@link #ready}.
   *
   * @param message one that {@link #isNamedOnly}
   */
  void hold(Agreement message) {
    if (!message.duty().type().hasLargeValues()) {
      return;
    }
    Shelf shelf = shelf(message.duty());
    long ofSender = shelf.held.stream().filter(other -> other.sender() == message.sender()).count();
    if (ofSender < HELD_PER_OPERATOR_MAX && !shelf.held.contains(message)) {
      shelf.held.add(message);
      named(message)
          .ifPresent(hash -> shelf.searches.putIfAbsent(hash, new Search(message.sender())));
    }
  }

  /** The messages of a duty whose values have come, which are kept no longer. */
  List<DutyMessage> ready(DutyId duty) {
    Shelf shelf = shelves.get(duty);
    if (shelf == null) {
      return List.of();
    }
    List<DutyMessage> ready = new ArrayList<>();
    shelf.held.removeIf(message -> {
      Optional<Value> value = named(message).flatMap(hash -> find(shelf, hash));
      value.ifPresent(whole -> {
        ready.add(filled(message, whole));
        shelf.searches.remove(whole.hash());
      });
      return value.isPresent();
    });
    return ready;
  }

  private static DutyMessage filled(Agreement message, Value value) {
    return new Agreement(
        switch (message.message()) {
          case QbftMessage.Cast(var signed, var justification, _) ->
              new QbftMessage.Cast(signed, justification, Optional.of(value));
          case QbftMessage.Decided(DutyId duty, int sender, Decision decision) ->
              new QbftMessage.Decided(
                  duty, sender, new Decision(decision.round(), value, decision.commits()));
        });
  }

  /**
   * Takes chunks of one operator's value in their order; others are asked for again.
   *
   * @return why it was refused
   */
  Optional<Reason> take(Chunk chunk) {
    if (!chunk.duty().type().hasLargeValues()) {
      return Optional.of(Reason.UNKNOWN_DUTY);
    }
    Shelf shelf = shelf(chunk.duty());
    if (find(shelf, chunk.value()).isPresent()) {
      return Optional.of(Reason.DUPLICATE);
    }
    Map<Bytes32, Place> ofSender = shelf.places.getOrDefault(chunk.sender(), new LinkedHashMap<>());
    Place place = ofSender.get(chunk.value());
    if (place == null) {
      place = new Place(chunk.size());
      if (chunk.offset() != 0) {
        return Optional.of(Reason.UNJUSTIFIED);
      }
      if (!budget.take(chunk.sender(), place.cost())) {
        return Optional.of(Reason.BUFFER_FULL);
      }
      place(shelf, chunk.sender(), chunk.value(), place);
    }
    if (chunk.size() != place.size || chunk.offset() != place.next()) {
      return Optional.of(chunk.offset() < place.next() ? Reason.DUPLICATE : Reason.UNJUSTIFIED);
    }
    place.chunks.add(chunk.content());
    return chunk.offset() + chunk.content().size() == place.size
        ? complete(shelf, chunk, place)
        : Optional.empty();
  }

  private Optional<Reason> complete(Shelf shelf, Chunk last, Place place) {
    byte[] content = new byte[place.size];
    int at = 0;
    for (Bytes chunk : place.chunks) {
      chunk.copyTo(content, at);
      at += chunk.size();
    }
    Value value = new Value(Bytes.wrap(content));
    if (!value.hash().equals(last.value())) {
      remove(shelf, last.sender(), last.value());
      return Optional.of(Reason.WRONG_VALUE);
    }
    place.chunks.clear();
    place.whole = Optional.of(value);
    return Optional.empty();
  }

  /**
   * Looks whether a value that messages wait for is on its way.
   *
   * @return empty when it need not be looked again: it is here, or nobody has it
   */
  Optional<Look> look(DutyId duty, Bytes32 hash) {
    Shelf shelf = shelves.get(duty);
    Search search = shelf == null ? null : shelf.searches.get(hash);
    if (shelf == null
        || search == null
        || search.looks == LOOKS_MAX
        || find(shelf, hash).isPresent()) {
      return Optional.empty();
    }
    search.looks++;
    int chunks = chunks(shelf, search.source, hash);
    int progress = chunks - search.chunksSeen;
    search.chunksSeen = chunks;
    boolean isComing =
        progress >= CHUNKS_PER_LOOK_MIN
            || (progress > 0 && search.slowLooks++ < search.slowLooksMax);
    int dawdler = progress > 0 ? search.source : self;
    return Optional.of(
        new Look(
            isComing
                ? Optional.empty()
                : next(shelf, search, hash, dawdler)
                    .map(holder -> {
                      if (dawdler != self) {
                        search.slowLooksMax = Math.min(LOOKS_MAX, search.slowLooksMax * 2);
                      }
                      search.turnTo(holder, chunks(shelf, holder, hash));
                      return new Ask(
                          holder,
                          new Pull(duty, self, hash, search.chunksSeen * WireLimits.CHUNK_BYTES));
                    })));
  }

  /** Who named the value and was not asked of late; of these whose turn was longest ago. */
  private Optional<Integer> next(Shelf shelf, Search search, Bytes32 hash, int dawdler) {
    return shelf.held.stream()
        .filter(message -> named(message).filter(hash::equals).isPresent())
        .map(Agreement::sender)
        .filter(sender -> sender != self && sender != dawdler)
        .distinct()
        .filter(sender ->
            !search.askedAtLook.containsKey(sender)
                || search.looks - search.askedAtLook.get(sender) >= LOOKS_BETWEEN_ASKS)
        .min(Comparator.comparingInt(sender -> search.askedAtLook.getOrDefault(sender, 0)));
  }

  /** How many chunks of a value one operator has sent. */
  private static int chunks(Shelf shelf, int operator, Bytes32 hash) {
    return Optional.ofNullable(shelf.places.get(operator))
        .flatMap(places -> Optional.ofNullable(places.get(hash)))
        .map(place -> place.chunks.size())
        .orElse(0);
  }

  /**
   * What came of looking.
   *
   * @param ask whom to ask for what, if nothing has come
   */
  record Look(Optional<Ask> ask) {}

  record Ask(int operator, Pull pull) {}

  /** What an operator lacks of a value; nothing if it is not here, or was asked for too often. */
  List<Chunk> answer(Pull pull) {
    Shelf shelf = shelves.get(pull.duty());
    Optional<Value> value = shelf == null ? Optional.empty() : find(shelf, pull.value());
    return value
        .filter(_ -> shelf != null && mayAsk(shelf, pull))
        .filter(_ ->
            shelf != null
                && shelf.answers.merge(new Answered(pull.sender(), pull.value()), 1, Integer::sum)
                    <= ANSWERS_PER_OPERATOR_MAX)
        .map(whole -> chunks(pull.duty(), self, whole, pull.from()))
        .orElse(List.of());
  }

  /** Nobody needs more values of a duty than this operator keeps of another. */
  private static boolean mayAsk(Shelf shelf, Pull pull) {
    return shelf.answers.containsKey(new Answered(pull.sender(), pull.value()))
        || shelf.answers.keySet().stream()
                .filter(answered -> answered.operator() == pull.sender())
                .count()
            < VALUES_PER_OPERATOR_MAX;
  }

  /**
   * The chunks of a value, in order.
   *
   * @param from the first one's offset; none beyond the value
   */
  static List<Chunk> chunks(DutyId duty, int sender, Value value, int from) {
    List<Chunk> chunks = new ArrayList<>();
    int size = value.content().size();
    for (int offset = from; offset < size; offset += WireLimits.CHUNK_BYTES) {
      int to = Math.min(size, offset + WireLimits.CHUNK_BYTES);
      chunks.add(
          new Chunk(duty, sender, value.hash(), size, offset, value.content().slice(offset, to)));
    }
    return chunks;
  }

  /** The duty has ended. */
  void drop(DutyId duty) {
    Shelf shelf = shelves.remove(duty);
    if (shelf != null) {
      shelf.places.forEach((operator, places) ->
          places.values().forEach(place -> budget.free(operator, place.cost())));
    }
  }

  /** The entity stops. */
  void close() {
    List.copyOf(shelves.keySet()).forEach(this::drop);
  }

  private Shelf shelf(DutyId duty) {
    Shelf shelf = shelves.computeIfAbsent(duty, _ -> new Shelf());
    while (shelves.size() > DUTIES_MAX) {
      shelves.keySet().stream()
          .filter(other -> !other.equals(duty))
          .min((one, other) -> Long.compare(one.slot(), other.slot()))
          .ifPresent(this::drop);
    }
    return shelf;
  }

  private void place(Shelf shelf, int operator, Bytes32 hash, Place place) {
    LinkedHashMap<Bytes32, Place> places =
        shelf.places.computeIfAbsent(operator, _ -> new LinkedHashMap<>());
    places.put(hash, place);
    if (places.size() > VALUES_PER_OPERATOR_MAX) {
      remove(shelf, operator, places.firstEntry().getKey());
    }
  }

  private void remove(Shelf shelf, int operator, Bytes32 hash) {
    Optional.ofNullable(shelf.places.get(operator))
        .map(places -> places.remove(hash))
        .ifPresent(place -> budget.free(operator, place.cost()));
  }
}
