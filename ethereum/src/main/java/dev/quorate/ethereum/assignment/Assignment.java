/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.assignment;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.feature.FeatureRule;
import dev.quorate.ethereum.aggregate.AggregateRule;
import dev.quorate.ethereum.attestation.AttestationRule;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.block.ProposalRule;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.ethereum.sync.ContributionRule;
import dev.quorate.ethereum.sync.SyncMessageRule;

/** What a validator is to do in a slot, with all that it needs for it. */
public sealed interface Assignment {
  /** How its operators judge and sign. */
  DutyRule rule(DutySlot at);

  /** One whose signature beacon nodes take; of the others another duty does. */
  sealed interface Published extends Assignment {}

  record Attestation(AttesterDuty duty) implements Published {
    @Override
    public DutyRule rule(DutySlot at) {
      return new AttestationRule(at.spec(), at.genesis(), duty);
    }
  }

  /** Sign the epoch of a proposal, whose block holds the signature. */
  record Randao() implements Assignment {
    @Override
    public DutyRule rule(DutySlot at) {
      return GivenRule.randao(at);
    }
  }

  /**
   * Propose the slot's block.
   *
   * @param randaoReveal the group's signature, 96 bytes
   * @param feeRecipient 20 bytes, the configured one
   */
  record BlockProposal(ProposerDuty duty, Bytes randaoReveal, Bytes feeRecipient)
      implements Published {
    @Override
    public ProposalRule rule(DutySlot at) {
      return new ProposalRule(at, duty.validatorIndex(), randaoReveal, feeRecipient);
    }
  }

  /** Find out whether the validator is to aggregate its committee's attestations. */
  record AggregatorSelection() implements Assignment {
    @Override
    public DutyRule rule(DutySlot at) {
      return GivenRule.aggregatorSelection(at);
    }
  }

  /** Leave: enough operators approve of it, this one among them. */
  record Exit(long validatorIndex) implements Published {
    @Override
    public GivenRule rule(DutySlot at) {
      return GivenRule.exit(at, validatorIndex);
    }

    /** As it is signed. */
    public VoluntaryExit message(DutySlot at) {
      return new VoluntaryExit(at.epoch(), validatorIndex);
    }
  }

  /** Tell builders what the operators agreed on. */
  record Registration(ValidatorRegistration message) implements Assignment {
    @Override
    public GivenRule rule(DutySlot at) {
      return GivenRule.registration(at, message);
    }
  }

  /**
   * Aggregate its committee's attestations.
   *
   * @param selectionProof the group's signature, 96 bytes
   * @param dataRoot of the attestation data as its committee signs it
   */
  record Aggregation(AttesterDuty duty, Bytes selectionProof, Bytes32 dataRoot)
      implements Published {
    @Override
    public AggregateRule rule(DutySlot at) {
      return new AggregateRule(at, duty, selectionProof, dataRoot);
    }
  }

  /** Agree on what the operators' software can do. */
  record InfoSync() implements Assignment {
    @Override
    public DutyRule rule(DutySlot at) {
      return new FeatureRule();
    }
  }

  /** Sign the head as a member of the sync committee. */
  record SyncMessage(long validatorIndex) implements Published {
    @Override
    public DutyRule rule(DutySlot at) {
      return new SyncMessageRule(at);
    }
  }

  /** Find out whether the validator is to aggregate the messages of a sync subcommittee. */
  record SyncSelection(int subcommittee) implements Assignment {
    @Override
    public DutyRule rule(DutySlot at) {
      return GivenRule.syncSelection(at, subcommittee);
    }
  }

  /**
   * Aggregate the messages of a sync subcommittee.
   *
   * @param selectionProof the group's signature, 96 bytes
   * @param head the block root that operators agreed on
   */
  record Contribution(long validatorIndex, int subcommittee, Bytes selectionProof, Bytes32 head)
      implements Published {
    @Override
    public ContributionRule rule(DutySlot at) {
      return new ContributionRule(at, validatorIndex, subcommittee, selectionProof, head);
    }
  }
}
