/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.actors.sign.SignerProblem;
import dev.quorate.actors.validator.DutyFigures;
import dev.quorate.config.ExitApproval;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyLedger;
import dev.quorate.consensus.duty.JournalExcerpt;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.http.view.NodeView;
import dev.quorate.http.view.PodsView;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/**
 * All that the API knows of the pod it speaks for: nothing secret, and nothing that changes
 * anything but what the operator's identity key signed. What is not a stage is answered at once, on
 * any thread.
 */
interface PodView {

  /**
   * What never changes.
   *
   * @param position of the operator
   * @param operators of the cluster file, in its order
   * @param keys public keys of the validators, in the order of the cluster file
   */
  record Facts(
      String release,
      String pod,
      int position,
      String cluster,
      Bytes32 clusterHash,
      List<OperatorFacts> operators,
      int quorum,
      int threshold,
      List<Bytes> keys,
      SlotTimes times) {
    public Facts {
      operators = List.copyOf(operators);
      keys = List.copyOf(keys);
    }

    AtFault atFault() {
      return new AtFault(operators.size(), position);
    }
  }

  /** An operator of the cluster file. */
  record OperatorFacts(String name, String address) {}

  /**
   * Counts since the start of the pod.
   *
   * @param broadcast duties
   * @param missed duties
   * @param rounds duties that were broadcast, by the round that decided
   * @param accusations operators that voted twice
   * @param discarded messages that no one believed
   * @param signaturesMade of batches of messages
   * @param fenced requests for the right to vote in a duty that were refused
   * @param granted requests to the signing guard
   * @param refused requests to the signing guard
   * @param signerFailures requests to the remote signer
   * @param clientRefusals what the validator client handed in or asked for
   * @param moves of validators from one pod to another, or to a new life in the same
   */
  record Tallies(
      long broadcast,
      Map<Reason, Long> missed,
      Map<Integer, Long> rounds,
      long diverged,
      long accusations,
      Map<Reason, Long> discarded,
      long signaturesMade,
      long signaturesVerified,
      long pairingChecks,
      Map<Reason, Long> fenced,
      long granted,
      Map<Reason, Long> refused,
      Map<SignerProblem, Long> signerFailures,
      Map<ClientProblem, Long> clientRefusals,
      long moves) {}

  Facts facts();

  /** Unix milliseconds by the pod's clock. */
  long nowMillis();

  /** Operators to which a link is up. */
  Set<Integer> reachable();

  /** Validators whose entity is up, here or in another pod. */
  Set<Integer> up();

  /** How many of them are up here. */
  int upHere();

  /** The counts of one operator, or of {@link PeerCounters#NOBODY}. */
  PeerCounters.Counts counts(int operator);

  Optional<PeerCounters.Vitals> vitals(int operator);

  List<NodeView.BeaconNode> beaconNodes();

  NodeView.Clock clock();

  /** The last slot in which another process owned a duty of this pod, unless that is long ago. */
  OptionalLong rivalSlot();

  /** What is wrong with the remote signer: as it was some seconds ago. */
  Optional<String> signerAilment();

  Tallies tallies();

  /** Tells of duties that end and of rows that are written, from now on. */
  void listen(DutyFigures.Listener listener);

  /** Whether the database answers; may take as long as that does. */
  CompletionStage<Boolean> isDatabaseReachable();

  /** What is durable of a validator's recent duties. */
  CompletionStage<DutyLedger> journal(int validator);

  /** What the journal holds of a duty, however old. */
  CompletionStage<JournalExcerpt> excerpt(DutyId duty);

  /** What the signing guard holds of a validator. */
  CompletionStage<Watermarks> watermarks(int validator);

  /** Whether nothing is signed, because nobody knows yet what was. */
  boolean isSealed();

  /**
   * What is refused for good since it was not known any more what had been signed: as it was some
   * seconds ago at most.
   */
  Optional<Quarantine> quarantine();

  /** The same, as it is in the database. */
  CompletionStage<Optional<Quarantine>> quarantineNow();

  CompletionStage<List<PodsView.Pod>> pods();

  /**
   * Approves that a validator leaves, durably.
   *
   * @return whether the approval is this operator's
   */
  CompletionStage<Boolean> approve(ExitApproval approval);
}
