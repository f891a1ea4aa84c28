/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import dev.quorate.beacon.simulator.SignatureChecks.Claim;
import dev.quorate.beacon.simulator.SimulatorReport.DutyCount;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.ContributionAndProof;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.Signature;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What all nodes of the chain have taken, by kind. */
final class Pools {
  final AttestationPool attestations;
  final Subscriptions subscriptions;
  final MessagePool<Signed<AggregateAndProof>> aggregates;
  final MessagePool<SyncCommitteeMessage> syncMessages;
  final MessagePool<Signed<ContributionAndProof>> contributions;
  final MessagePool<Signed<ValidatorRegistration>> registrations;
  final MessagePool<Signed<VoluntaryExit>> exits;
  final BlockRules blockRules;
  final MessagePool<PublishedBlock> blocks;
  private final SimulatedChain chain;
  private final SignatureChecks checks;

  /**
   * @throws IllegalArgumentException if a public key of the configuration is none
   */
  Pools(SimulatedChain chain) {
    this.chain = chain;
    checks = new SignatureChecks(chain.config());
    attestations = new AttestationPool(chain, checks);
    subscriptions = new Subscriptions(chain);
    aggregates = new MessagePool<>(new AggregateRules(chain, attestations, subscriptions), checks);
    syncMessages = new MessagePool<>(new SyncMessageRules(chain), checks);
    contributions = new MessagePool<>(new ContributionRules(chain), checks);
    registrations = new MessagePool<>(new RegistrationRules(chain), checks);
    blockRules = new BlockRules(chain);
    blocks = new MessagePool<>(blockRules, checks);
    exits = new MessagePool<>(new ExitRules(chain), checks);
  }

  /**
   * The sum of what members of a part of the sync committee said of the head; empty if none named
   * {@code head}. Who has several seats stands in it as often.
   */
  Optional<SyncCommitteeContribution> contribution(long slot, int subcommittee, Bytes32 head) {
    BitSet places = new BitSet();
    List<Signature> signatures = new ArrayList<>();
    Map<Bytes, SyncCommitteeMessage> bySigner = new HashMap<>();
    for (SyncCommitteeMessage message : syncMessages.accepted(slot)) {
      if (message.beaconBlockRoot().equals(head)) {
        chain.keyOf(message.validatorIndex()).ifPresent(key -> bySigner.put(key, message));
      }
    }
    SyncCommittee committee = chain.syncCommitteeAt(slot);
    for (int place = 0; place < SyncCommittee.SUBCOMMITTEE_SIZE; place++) {
      Optional<SyncCommitteeMessage> message =
          committee.keyAt(subcommittee, place).map(bySigner::get);
      if (message.isPresent()) {
        places.set(place);
        signatures.add(Signature.decode(message.get().signature()).orElseThrow());
      }
    }
    return Bls.aggregate(signatures)
        .map(sum ->
            new SyncCommitteeContribution(
                slot,
                head,
                subcommittee,
                Bytes.wrap(
                    Arrays.copyOf(places.toByteArray(), SyncCommittee.SUBCOMMITTEE_SIZE / 8)),
                sum.compressed()));
  }

  /** Has the proposer of the slot signed the reveal? */
  boolean isReveal(long slot, Bytes reveal) {
    Claim claim =
        blockRules.randao(
            chain.keyOf(chain.proposerOf(slot)).orElseThrow(), chain.spec().epochOf(slot), reveal);
    return checks.genuine(List.of(claim)).contains(claim);
  }

  /** See {@link BeaconSimulator#report}. */
  SimulatorReport report(long fromSlot, long toSlot) {
    SimulatorReport attesters = attestations.report(fromSlot, toSlot);
    Map<String, Optional<DutyCount>> counts =
        Map.of(
            "proposer", blocks.count(fromSlot, toSlot),
            "aggregator", aggregates.count(fromSlot, toSlot),
            "sync_message", syncMessages.count(fromSlot, toSlot),
            "sync_contribution", contributions.count(fromSlot, toSlot),
            "builder_registration", registrations.count(0, Long.MAX_VALUE),
            "exit", exits.count(0, Long.MAX_VALUE));
    Map<String, DutyCount> others = new HashMap<>();
    counts.forEach((type, count) -> count.ifPresent(c -> others.put(type, c)));
    return attesters.with(others);
  }
}
