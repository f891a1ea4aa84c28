/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.beacon.simulator.SimulatorReport.SlotCount;
import dev.quorate.beacon.simulator.SubmittedAttestation.Anonymous;
import dev.quorate.beacon.simulator.SubmittedAttestation.Attributed;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.slashing.Contradiction;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.Signature;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

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

  private final SimulatedChain chain;
  private final SignatureChecks checks;
  private final TreeMap<Long, Map<Long, Acceptance>> acceptedBySlot = new TreeMap<>();
  private final Map<Long, List<Signable>> votes = new HashMap<>();
  private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);
  private long verified;
  private long invalid;
  private long conflicting;
  private long duplicates;

  record Acceptance(long atMillis, Attributed attestation) {
    AttestationData data() {
      return attestation.data();
    }
  }

  AttestationPool(SimulatedChain chain, SignatureChecks checks) {
    this.chain = chain;
    this.checks = checks;
  }

  /**
   * @return for each item why it was not accepted, or nothing if it was
   */
  List<Optional<Rejection>> submit(Collection<JsonNode> items, long nowMillis) {
    List<SubmittedAttestation> submitted =
        items.stream().map(item -> SubmittedAttestation.read(item, chain)).toList();
    Set<Claim> genuine = genuine(submitted);
    return submitted.stream().map(item -> record(item, genuine, nowMillis)).toList();
  }

  private Set<Claim> genuine(List<SubmittedAttestation> submitted) {
    List<Claim> claims = new ArrayList<>();
    for (SubmittedAttestation item : submitted) {
      if (item instanceof Attributed attributed && !isKnown(attributed)) {
        claims.add(claim(attributed));
      }
    }
    return checks.genuine(claims);
  }

  private Claim claim(Attributed item) {
    return Claim.of(item.duty().pubkey(), signingRoot(item.data()), item.signature());
  }

  Bytes32 signingRoot(AttestationData data) {
    return chain.signingRoot(
        DomainType.BEACON_ATTESTER, data.target().epoch(), data.hashTreeRoot());
  }

  private synchronized Optional<Rejection> record(
      SubmittedAttestation item, Set<Claim> genuine, long nowMillis) {
    Optional<Rejection> verdict =
        switch (item) {
          case Anonymous anonymous -> Optional.of(anonymous.why());
          case Attributed known when isKnown(known) -> Optional.of(Rejection.ALREADY_KNOWN);
          case Attributed attributed when genuine.contains(claim(attributed)) ->
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
        .put(attributed.duty().validatorIndex(), new Acceptance(nowMillis, attributed));
    if (acceptedBySlot.size() > SLOTS_MAX) {
      acceptedBySlot.pollFirstEntry();
    }
    return Optional.empty();
  }

  /** What is wrong with it apart from the signature. */
  private Optional<Rejection> misfit(Attributed attributed, long nowMillis) {
    return attributed.misplaced().or(() -> misfit(attributed.data(), nowMillis));
  }

  /** What is wrong with what is attested, whoever does. */
  Optional<Rejection> misfit(AttestationData data, long nowMillis) {
    long epoch = chain.spec().epochOf(data.slot());
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
    return chain.knowsHead(data.slot(), data.beaconBlockRoot())
        ? Optional.empty()
        : Optional.of(Rejection.UNKNOWN_HEAD);
  }

  /**
   * The sum of what members of a committee attested with some data; empty if none did.
   *
   * @param dataRoot of the data as signed
   * @param isMember of which committee
   */
  Optional<AggregateAttestation> aggregate(
      Bytes32 dataRoot, long slot, Predicate<AttesterDuty> isMember) {
    List<Attributed> found = attested(dataRoot, slot, isMember);
    BitSet places = new BitSet();
    found.forEach(attested -> places.set(attested.duty().validatorCommitteeIndex()));
    return Bls.aggregate(
            found.stream()
                .map(attested -> Signature.decode(attested.signature()).orElseThrow())
                .toList())
        .map(sum ->
            AggregateAttestation.of(
                found.getFirst().data(),
                found.getFirst().duty().committeeIndex(),
                chain.committeeLength(),
                places,
                chain.config().fork(),
                sum.compressed()));
  }

  private synchronized List<Attributed> attested(
      Bytes32 dataRoot, long slot, Predicate<AttesterDuty> isMember) {
    return acceptedBySlot.getOrDefault(slot, Map.of()).values().stream()
        .map(Acceptance::attestation)
        .filter(attested -> isMember.test(attested.duty()))
        .filter(attested -> attested.data().hashTreeRoot().equals(dataRoot))
        .toList();
  }

  private boolean isKnown(Attributed item) {
    return accepted(item.data().slot(), item.duty().validatorIndex())
            .filter(accepted -> accepted.data().equals(item.data()))
            .filter(accepted -> accepted.attestation().signature().equals(item.signature()))
            .isPresent()
        && item.misplaced().isEmpty();
  }

  /** A validator's of a slot. */
  synchronized Optional<Acceptance> accepted(long slot, long validatorIndex) {
    return Optional.ofNullable(acceptedBySlot.getOrDefault(slot, Map.of()).get(validatorIndex));
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
        slots, latencies, diverged, verified, invalid, conflicting, duplicates, rejected, Map.of());
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
