/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import java.util.List;
import java.util.Map;
import java.util.Set;

/** The guards, each of them switched off. */
final class Mutants {
  private static final String CONSENSUS = "consensus/src/main/java/dev/quorate/consensus/";
  private static final String ETHEREUM = "ethereum/src/main/java/dev/quorate/ethereum/";
  private static final String WIRE = "wire/src/main/java/dev/quorate/wire/";
  private static final String SIGNING = "signing/src/main/java/dev/quorate/signing/";

  private static final String QUORUM = CONSENSUS + "quorum/Quorum.java";
  private static final String QBFT = CONSENSUS + "qbft/Qbft.java";
  private static final String INSTANCE = CONSENSUS + "qbft/QbftInstance.java";
  private static final String JUSTIFICATION = CONSENSUS + "qbft/Justification.java";
  private static final String DUTY_MACHINE = CONSENSUS + "duty/DutyMachine.java";
  private static final String CO_VALIDATOR = CONSENSUS + "duty/CoValidator.java";
  private static final String FENCE_RULE = CONSENSUS + "duty/FenceRule.java";
  private static final String ATTESTATION_RULE = ETHEREUM + "attestation/AttestationRule.java";
  private static final String WATERMARK = ETHEREUM + "slashing/AttestationWatermark.java";
  private static final String QUARANTINE = ETHEREUM + "slashing/Quarantine.java";
  private static final String SIGNING_RULE = ETHEREUM + "slashing/SigningRule.java";
  private static final String FRAME_DECODER = WIRE + "FrameDecoder.java";
  private static final String VOTE_CODEC = WIRE + "VoteCodec.java";
  private static final String BATCH = WIRE + "Batch.java";
  private static final String SAME_MESSAGE_BATCH = SIGNING + "batch/SameMessageBatch.java";
  private static final String AGGREGATION = SIGNING + "batch/Aggregation.java";

  private static final Hunt LIARS = new Hunt(Map.of("faults", "treason", "nodes", "4"), 500);
  private static final Hunt FORGERS =
      new Hunt(Map.of("faults", "treason", "nodes", "4", "real-proofs", ""), 40);
  private static final Hunt PODS =
      new Hunt(Map.of("faults", "twins,hand-over,beacon", "nodes", "4"), 300);
  private static final Hunt CLOCKS =
      new Hunt(Map.of("faults", "clock,beacon,crash", "nodes", "4"), 500);
  private static final Hunt BEACONS = new Hunt(Map.of("faults", "beacon", "nodes", "4"), 200);
  private static final Hunt RESTORES =
      new Hunt(Map.of("faults", "restore,beacon", "nodes", "4"), 300);
  private static final Hunt RESTORED_PODS =
      new Hunt(Map.of("faults", "restore,beacon,crash,twins", "nodes", "4"), 500);
  private static final Hunt CRASHES = new Hunt(Map.of("faults", "crash", "nodes", "4"), 200);

  static final List<Mutant> ALL =
      List.of(
          mutant(
              "quorum size",
              "A quorum is one vote smaller than it has to be.",
              LIARS,
              Set.of("agreement", "undecided-unsigned"),
              edit(
                  QUORUM,
                  "return (2 * operators + 2) / 3;",
                  "return (2 * operators + 2) / 3 - 1;")),
          mutant(
              "threshold bound",
              "A cluster may ask for a signing threshold that two conflicting messages both reach.",
              LIARS,
              Set.of("group-unslashable"),
              edit(
                  QUORUM,
                  "if (threshold > operators) {",
                  "if (threshold > 0) { return new ThresholdVerdict.Sound(); } if (threshold > operators) {")),
          mutant(
              "justification quorum",
              "A single vote justifies a proposal, a prepared value or a decision.",
              LIARS,
              Set.of("agreement", "undecided-unsigned", "validity", "watermark-not-beyond"),
              edit(
                  JUSTIFICATION,
                  "return bySender.size() >= instance.quorum().size()",
                  "return bySender.size() >= 1")),
          mutant(
              "prepared value rule",
              "A proposal of a later round need not be the highest prepared value.",
              LIARS,
              Set.of("agreement"),
              edit(
                  JUSTIFICATION,
                  ".filter(highest -> highest.value().equals(proposal.value()))",
                  ".filter(_ -> true)")),
          mutant(
              "prepared lock",
              "Who gives up a round forgets what it had prepared.",
              LIARS,
              Set.of("agreement"),
              edit(QBFT, "enter(next);", "prepared = Optional.empty(); enter(next);")),
          mutant(
              "prepared proof",
              "Who says that it had prepared a value need not show a quorum of PREPAREs.",
              LIARS,
              Set.of("agreement"),
              edit(
                  JUSTIFICATION,
                  "prepares = quorum(instance, offered, isPrepareOf(highest));",
                  "prepares = Optional.of(List.of());"),
              edit(
                  JUSTIFICATION,
                  ".flatMap(prepared -> quorum(instance, cast.justification(), isPrepareOf(prepared)));",
                  ".map(_ -> List.of());")),
          mutant(
              "vote deduplication",
              "A second vote of one sender counts again.",
              LIARS,
              Set.of("agreement", "undecided-unsigned", "validity", "watermark-not-beyond"),
              edit(QBFT, "if (first.isPresent()) {", "if (false) {")),
          mutant(
              "only the leader proposes",
              "The first proposal of a round is prepared, whoever made it.",
              LIARS,
              Set.of("liveness"),
              edit(QBFT, "&& vote.sender() != instance.leader(vote.round())", "&& false"),
              edit(
                  QBFT,
                  ".find(VoteKind.PRE_PREPARE, round, instance.leader(round))",
                  ".of(VoteKind.PRE_PREPARE, round).stream().findFirst()")),
          mutant(
              "duty binding",
              "Votes of one duty justify a message of another.",
              LIARS,
              Set.of("agreement", "liveness"),
              edit(INSTANCE, "return vote.duty().equals(duty) && ", "return "),
              edit(FRAME_DECODER, "if (!vote.vote().duty().equals(duty)) {", "if (false) {")),
          mutant(
              "cluster binding",
              "Votes and batches of another cluster with the same keys count.",
              FORGERS,
              Set.of("nothing-forged"),
              edit(
                  VOTE_CODEC,
                  "if (!content.getCluster().equals(bytes(cluster.hash()))) {",
                  "if (false) {"),
              edit(BATCH, "cluster.copyTo(content, 0);", "Bytes32.ZERO.copyTo(content, 0);")),
          mutant(
              "sender binding",
              "A vote counts for the sender that it names, whoever signed it.",
              FORGERS,
              Set.of("nothing-forged"),
              edit(FRAME_DECODER, "vote.vote().sender() == operator ?", "vote.vote() != null ?"),
              edit(FRAME_DECODER, "if (vote.sender() != batch.sender()) {", "if (false) {")),
          mutant(
              "batch signature",
              "Nobody verifies the signature over a batch of votes.",
              FORGERS,
              Set.of("nothing-forged"),
              edit(
                  FRAME_DECODER,
                  "boolean signed = cluster.verifier().verifies(",
                  "boolean signed = true || cluster.verifier().verifies(")),
          mutant(
              "inclusion proof",
              "A vote need not be a leaf of the batch that it leads to.",
              FORGERS,
              Set.of("nothing-forged"),
              edit(
                  FRAME_DECODER,
                  "if (root.isEmpty() || !root.get().equals(batch.root())) {",
                  "if (false) {")),
          mutant(
              "share index binding",
              "A partial signature counts for the operator that its content names.",
              FORGERS,
              Set.of("no-false-blame"),
              edit(
                  FRAME_DECODER,
                  "duty, operator, root, copy(entry.getSignature())",
                  "duty, Math.floorMod(entry.getSignature().byteAt(0), cluster.operators()), root,"
                      + " copy(entry.getSignature())")),
          mutant(
              "value validation",
              "An operator votes for checkpoints that no beacon node of its own knows.",
              LIARS,
              Set.of("validity", "watermark-not-beyond"),
              edit(ATTESTATION_RULE, "data -> compare(data, own)", "_ -> new Verdict.Accepted()")),
          mutant(
              "vote fence",
              "A second activation of an entity votes in a duty that another one owns.",
              PODS,
              Set.of("one-vote"),
              edit(
                  FENCE_RULE,
                  "return owner.isEmpty() || owner.get().equals(activation)",
                  "return activation != null")),
          mutant(
              "fence floor",
              "Duties whose owners are forgotten may be voted in anew.",
              CLOCKS,
              Set.of("one-vote"),
              edit(FENCE_RULE, "if (slot <= floor) {", "if (false) {")),
          mutant(
              "fence before the first vote",
              "An operator votes before the fence answers, and whatever it answers.",
              PODS,
              Set.of("one-vote"),
              edit(
                  DUTY_MACHINE,
                  "if (fence == Fence.OWNED && phase == Phase.BEGUN",
                  "if (phase == Phase.BEGUN"),
              edit(
                  DUTY_MACHINE,
                  "fence == Fence.OWNED && phase != Phase.SCHEDULED",
                  "phase != Phase.SCHEDULED")),
          mutant(
              "guard's refusal",
              "An operator goes on to sign when the guard refuses.",
              BEACONS,
              Set.of("guard-first"),
              edit(
                  DUTY_MACHINE,
                  """
                  sign(signable);
                  }
                  case GuardVerdict.Refused(Reason reason) -> onGuardRefused(signable, reason);
                  """,
                  """
                  sign(signable);
                  }
                  case GuardVerdict.Refused _ -> {
                    persist(
                        new DutyEvent.Intended(
                            context.id(), mine.get().value(), signable, trail(), Aftermath.NONE));
                    sign(signable);
                  }
                  """)),
          mutant(
              "guard once more after a restart",
              "Who finds its intent in the journal signs without asking the guard again.",
              CRASHES,
              Set.of("guard-first"),
              edit(
                  DUTY_MACHINE,
                  "case Share.Resuming _ -> emit(new DutyOutput.AskGuard(mine.orElseThrow().signable()));",
                  "case Share.Resuming _ -> sign(agreed.get().signable());")),
          mutant(
              "submitting again",
              "A submission of which nobody knows what became is not made again.",
              BEACONS,
              Set.of("broadcast"),
              edit(
                  DUTY_MACHINE,
                  """
                  case UNKNOWN ->
                      onServiceFailed(new DutyOutput.Submit(agreed.orElseThrow().value(), signature));
                  """,
                  "case UNKNOWN -> {}")),
          mutant(
              "intent before the share",
              "The share is signed before the intent to sign is durable.",
              CRASHES,
              Set.of("intent-first"),
              edit(
                  DUTY_MACHINE,
                  """
                  persist(
                      new DutyEvent.Intended(
                          context.id(), mine.get().value(), signable, trail(), Aftermath.NONE));
                  sign(signable);
                  """,
                  """
                  sign(signable);
                  persist(
                      new DutyEvent.Intended(
                          context.id(), mine.get().value(), signable, trail(), Aftermath.NONE));
                  """)),
          mutant(
              "durable share before it is sent",
              "A share leaves the operator before it is durable.",
              CRASHES,
              Set.of("share-first"),
              edit(
                  DUTY_MACHINE,
                  """
                  persist(new DutyEvent.Shared(context.id(), signature, nowMillis));
                  shared(signature);
                  emit(new DutyOutput.SendToAll(partial(signature)));
                  """,
                  """
                  emit(new DutyOutput.SendToAll(partial(signature)));
                  persist(new DutyEvent.Shared(context.id(), signature, nowMillis));
                  shared(signature);
                  """)),
          mutant(
              "durable signature before the broadcast",
              "The group's signature goes to a beacon node before it is durable.",
              CRASHES,
              Set.of("completion-first"),
              edit(
                  DUTY_MACHINE,
                  "emit(new DutyOutput.Submit(target.value(), combined.signature()));",
                  ""),
              edit(
                  DUTY_MACHINE,
                  "accuse(combined.culprits());",
                  """
                  accuse(combined.culprits());
                  emit(new DutyOutput.Submit(target.value(), combined.signature()));
                  """)),
          mutant(
              "guard row",
              "The guard grants whatever contradicts its row.",
              BEACONS,
              Set.of("eip-3076"),
              edit(
                  SIGNING_RULE,
                  ".orElseGet(() -> new Decision.Refused(Reason.SLASHABLE));",
                  ".orElseGet(() -> new Decision.Granted(held));")),
          mutant(
              "quarantine of signatures",
              "Who goes on from an old backup signs what it may have signed before.",
              RESTORES,
              Set.of("eip-3076", "one-signature"),
              edit(
                  QUARANTINE,
                  "return mayBeForgotten ? Optional.of(Reason.QUARANTINED) : Optional.empty();",
                  "return Optional.empty();")),
          mutant(
              "quarantine of votes",
              "Who goes on from an old backup votes in what it may have voted in before.",
              RESTORED_PODS,
              Set.of("one-vote"),
              edit(QUARANTINE, "return slot <= this.slot;", "return false;")),
          mutant(
              "no epoch beyond the clock",
              "Nobody minds a far target: not the guard, nor the two checks of the value before it.",
              LIARS,
              Set.of("watermark-not-beyond"),
              edit(
                  SIGNING_RULE,
                  "signable.target() < 0 || signable.target() > latest",
                  "signable.target() < 0"),
              edit(
                  ATTESTATION_RULE,
                  "if (target != spec.epochOf(data.slot())) {",
                  "if (target < spec.epochOf(data.slot())) {"),
              edit(
                  ATTESTATION_RULE,
                  "&& data.target().equals(proposed.target())",
                  "&& (data.target().epoch() + 1 < proposed.target().epoch()"
                      + " || data.target().equals(proposed.target()))")),
          mutant(
              "one root per target",
              "A target that was signed once is signed again with another root.",
              BEACONS,
              Set.of("eip-3076"),
              edit(
                  WATERMARK,
                  "return this.target == target && root.equals(Optional.of(signingRoot))",
                  "return this.target == target")),
          mutant(
              "source never falls",
              "A higher target may have a lower source than one that was signed.",
              BEACONS,
              Set.of("eip-3076"),
              edit(
                  WATERMARK,
                  "if (this.source <= source && this.target < target) {",
                  "if (this.target < target) {")),
          mutant(
              "bound on early mail",
              "A peer's messages of duties not assigned yet are kept without a bound.",
              LIARS,
              Set.of("bounded-memory"),
              edit(
                  CO_VALIDATOR,
                  "if (kept.size() > EARLY_PER_PEER_MAX) {",
                  "if (kept.size() > Integer.MAX_VALUE - 1) {")),
          mutant(
              "subgroup check",
              "A partial signature may be a point outside the group of prime order.",
              FORGERS,
              Set.of("verified-only", "no-exception"),
              edit(
                  SAME_MESSAGE_BATCH,
                  "boolean isPoint = !signature.isInfinity() && signature.isInGroup();",
                  "boolean isPoint = !signature.isInfinity();")),
          mutant(
              "aggregate check",
              "A recombined signature leaves the operator without being verified.",
              FORGERS,
              Set.of("verified-only"),
              edit(AGGREGATION, "if (!invalid.contains(i)) {", "if (true) {")));

  private Mutants() {}

  private static Mutant mutant(
      String name, String off, Hunt hunt, Set<String> invariants, Edit... edits) {
    return new Mutant(name, off, hunt, invariants, List.of(edits));
  }

  private static Edit edit(String file, String text, String replacement) {
    return new Edit(file, text, replacement);
  }
}
