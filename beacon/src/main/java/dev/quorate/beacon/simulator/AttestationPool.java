/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.SimulatorReport.SlotCount;
import dev.quorate.beacon.simulator.SubmittedAttestation.Anonymous;
import dev.quorate.beacon.simulator.SubmittedAttestation.Attributed;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.slashing.Contradiction;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.signing.batch.SameMessageBatch;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * The pool of attestations that all nodes of the chain share, as gossip would have it: judges each
 * one submitted, and remembers what a report needs. Safe for use by many threads; signatures are
 * verified outside of the lock.
 */
final class AttestationPool {
  /** Slots that one report covers, and whose acceptances are remembered. */
  static final int SLOTS_MAX = 16_384;

  /** Votes of one validator that are remembered to compare new ones with. */
  private static final int VOTES_MAX = 2_048;

  /** How far back a block may be that is attested as the head. */
  private static final int HEAD_AGE_SLOTS_MAX = 32;

  private final SimulatedChain chain;
  private final Domains domains;
  private final SecureRandom random = new SecureRandom();
  private final Map<Bytes, PublicKey> keys;
  private final Set<Long> salts = new HashSet<>();
  private final TreeMap<Long, Map<Long, Acceptance>> acceptedBySlot = new TreeMap<>();
  private final Map<Long, List<Signable>> votes = new HashMap<>();
  private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
  private long verified;
  private long invalid;
  private long conflicting;
  private long duplicates;

  private record Acceptance(long atMillis, AttestationData data, Bytes signature) {}

  /**
   * @throws IllegalArgumentException if a public key of the configuration is none
   */
  AttestationPool(SimulatedChain chain) {
    this.chain = chain;
    this.domains = new Domains(chain.spec().forks(), chain.genesis());
    this.keys =
        chain.config().publicKeys().stream()
            .collect(
                Collectors.toMap(
                    Function.identity(),
                    key ->
                        PublicKey.decode(key)
                            .orElseThrow(
                                () -> new IllegalArgumentException("no public key: " + key))));
  }

  /** From now on the chain knows the blocks of {@link SimulatedChain#otherBlockRoot}. */
  synchronized void learnBlocks(long salt) {
    salts.add(salt);
  }

  /**
   * @return for each item why it was not accepted, or nothing if it was
   */
  List<Optional<Rejection>> submit(Collection<JsonNode> items, long nowMillis) {
    List<SubmittedAttestation> submitted =
        items.stream().map(item -> SubmittedAttestation.read(item, chain)).toList();
    Set<Attributed> genuine = genuine(submitted);
    return submitted.stream().map(item -> record(item, genuine, nowMillis)).toList();
  }

  /** Those with a valid signature, verified together where they sign the same. */
  private Set<Attributed> genuine(List<SubmittedAttestation> submitted) {
    Map<Bytes32, List<Attributed>> bySigningRoot = new LinkedHashMap<>();
    for (SubmittedAttestation item : submitted) {
      if (item instanceof Attributed attributed && !isKnown(attributed)) {
        bySigningRoot
            .computeIfAbsent(signingRoot(attributed.data()), _ -> new ArrayList<>())
            .add(attributed);
      }
    }
    Set<Attributed> genuine = new HashSet<>();
    bySigningRoot.forEach((root, group) -> genuine.addAll(genuine(root, group)));
    return genuine;
  }

  private List<Attributed> genuine(Bytes32 signingRoot, List<Attributed> group) {
    List<Attributed> decoded = new ArrayList<>();
    List<SameMessageBatch.Entry> entries = new ArrayList<>();
    for (Attributed item : group) {
      PublicKey key = keys.get(item.duty().pubkey());
      Optional<Signature> signature = Signature.decode(item.signature());
      if (key != null && signature.isPresent()) {
        decoded.add(item);
        entries.add(new SameMessageBatch.Entry(key, signature.get()));
      }
    }
    Set<Integer> wrong =
        SameMessageBatch.verify(HashedMessage.of(signingRoot), entries, random).invalid();
    return IntStream.range(0, decoded.size())
        .filter(position -> !wrong.contains(position))
        .mapToObj(decoded::get)
        .toList();
  }

  Bytes32 signingRoot(AttestationData data) {
    return Domains.signingRoot(
        data.hashTreeRoot(), domains.at(DomainType.BEACON_ATTESTER, data.target().epoch()));
  }

  private synchronized Optional<Rejection> record(
      SubmittedAttestation item, Set<Attributed> genuine, long nowMillis) {
    Optional<Rejection> verdict =
        switch (item) {
          case Anonymous anonymous -> Optional.of(anonymous.why());
          case Attributed known when isKnown(known) -> Optional.of(Rejection.ALREADY_KNOWN);
          case Attributed attributed when genuine.contains(attributed) ->
              judgeGenuine(attributed, nowMillis);
          case Attributed forged -> {
            invalid++;
            yield misfit(forged, nowMillis).or(() -> Optional.of(Rejection.BAD_SIGNATURE));
          }
        };
    verdict.ifPresent(reason -> {
      if (reason == Rejection.ALREADY_KNOWN) {
        duplicates++;
      } else {
        rejected.merge(reason, 1L, Long::sum);
      }
    });
    return verdict;
  }

  /** Whatever else is wrong with it, the validator has signed it: that is never forgotten. */
  private Optional<Rejection> judgeGenuine(Attributed attributed, long nowMillis) {
    AttestationData data = attributed.data();
    Signable vote = new Signable(data.hashTreeRoot(), data.source().epoch(), data.target().epoch());
    List<Signable> earlier =
        votes.computeIfAbsent(attributed.duty().validatorIndex(), _ -> new ArrayList<>());
    boolean isSlashable =
        earlier.stream()
            .anyMatch(other ->
                Contradiction.between(Optional.of(WatermarkKind.ATTESTATION), vote, other)
                    .isPresent());
    if (!earlier.contains(vote)) {
      verified++;
      conflicting += isSlashable ? 1 : 0;
      earlier.add(vote);
      if (earlier.size() > VOTES_MAX) {
        earlier.removeFirst();
      }
    }
    Optional<Rejection> misfit = misfit(attributed, nowMillis);
    if (misfit.isPresent()) {
      return misfit;
    }
    if (isSlashable) {
      return Optional.of(Rejection.SLASHABLE);
    }
    acceptedBySlot
        .computeIfAbsent(data.slot(), _ -> new HashMap<>())
        .put(
            attributed.duty().validatorIndex(),
            new Acceptance(nowMillis, data, attributed.signature()));
    if (acceptedBySlot.size() > SLOTS_MAX) {
      acceptedBySlot.pollFirstEntry();
    }
    return Optional.empty();
  }

  /** What is wrong with it apart from the signature. */
  private Optional<Rejection> misfit(Attributed attributed, long nowMillis) {
    AttestationData data = attributed.data();
    long epoch = chain.spec().epochOf(data.slot());
    if (attributed.misplaced().isPresent()) {
      return attributed.misplaced();
    }
    if (nowMillis < chain.times().startMillis(data.slot())) {
      return Optional.of(Rejection.FUTURE_SLOT);
    }
    if (nowMillis >= chain.times().inclusionDeadlineMillis(data.slot())) {
      return Optional.of(Rejection.PAST_INCLUSION);
    }
    if (data.target().epoch() != epoch) {
      return Optional.of(Rejection.WRONG_TARGET_EPOCH);
    }
    if (!data.target().equals(chain.target(epoch))) {
      return Optional.of(Rejection.WRONG_TARGET_ROOT);
    }
    if (!data.source().equals(chain.justified(epoch))) {
      return Optional.of(Rejection.WRONG_SOURCE);
    }
    return knowsHead(data.slot(), data.beaconBlockRoot())
        ? Optional.empty()
        : Optional.of(Rejection.UNKNOWN_HEAD);
  }

  private boolean knowsHead(long slot, Bytes32 root) {
    return LongStream.rangeClosed(Math.max(0, slot - HEAD_AGE_SLOTS_MAX), slot)
            .anyMatch(block -> chain.blockRoot(block).equals(root))
        || salts.stream().anyMatch(salt -> chain.otherBlockRoot(slot, salt).equals(root));
  }

  private synchronized boolean isKnown(Attributed item) {
    Acceptance accepted =
        acceptedBySlot.getOrDefault(item.data().slot(), Map.of()).get(item.duty().validatorIndex());
    return accepted != null
        && accepted.data().equals(item.data())
        && accepted.signature().equals(item.signature())
        && item.misplaced().isEmpty();
  }

  /**
   * @throws IllegalArgumentException if the slots are in the wrong order or more than {@value
   *     #SLOTS_MAX}
   */
  synchronized SimulatorReport report(long fromSlot, long toSlot) {
    if (fromSlot < 0 || toSlot < fromSlot || toSlot - fromSlot >= SLOTS_MAX) {
      throw new IllegalArgumentException("a report from slot " + fromSlot + " to " + toSlot);
    }
    List<SlotCount> slots = new ArrayList<>();
    List<Long> latencies = new ArrayList<>();
    long diverged = 0;
    for (long slot = fromSlot; slot <= toSlot; slot++) {
      Map<Long, Acceptance> accepted = acceptedBySlot.getOrDefault(slot, Map.of());
      slots.add(count(slot, accepted.keySet()));
      long dueMillis = chain.times().attestationDueMillis(slot);
      accepted.values().forEach(done -> latencies.add(done.atMillis() - dueMillis));
      Map<Bytes32, Long> heads =
          accepted.values().stream()
              .collect(
                  Collectors.groupingBy(
                      done -> done.data().beaconBlockRoot(), Collectors.counting()));
      diverged +=
          accepted.size() - heads.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }
    return new SimulatorReport(
        slots, latencies, diverged, verified, invalid, conflicting, duplicates, rejected);
  }

  private SlotCount count(long slot, Set<Long> done) {
    int expected = chain.dutyCountAt(slot);
    List<Bytes> missed =
        done.size() == expected
            ? List.of()
            : chain.dutiesAt(slot).stream()
                .filter(duty -> !done.contains(duty.validatorIndex()))
                .map(AttesterDuty::pubkey)
                .toList();
    return new SlotCount(slot, expected, done.size(), missed);
  }
}
