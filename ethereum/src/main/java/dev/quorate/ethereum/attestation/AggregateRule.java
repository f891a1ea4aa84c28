/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.attestation;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.Reading;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;
import java.math.BigInteger;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/**
 * What an operator checks before it votes for the aggregates of a slot, and what signing that of
 * one validator's committee means. A value is an SSZ list of the fork's {@code Attestation}, one
 * for all validators of the slot: at most one a committee, ordered by committee, all over the
 * attestation data that was agreed on.
 *
 * <p>Own data does not matter, and the signatures inside are checked elsewhere: here are no keys.
 *
 * @param duty the validator's attestation in the same slot
 * @param selectionProof 96 bytes, compressed: the group's
 * @param dataRoot of the agreed {@link AttestationData}, with index 0
 */
public record AggregateRule(DutySlot at, AttesterDuty duty, Bytes selectionProof, Bytes32 dataRoot)
    implements DutyRule {

  /** Of one aggregate: a committee has {@link AttesterDuty#COMMITTEE_LENGTH_MAX} bits at most. */
  private static final int AGGREGATE_BYTES_MAX = 512;

  /**
   * @throws IllegalArgumentException if the duty is of another slot, or the proof no signature
   */
  public AggregateRule {
    if (duty.slot() != at.slot() || selectionProof.size() != 96) {
      throw new IllegalArgumentException(
          "a duty of slot %s in slot %s, a selection proof of %s bytes"
              .formatted(duty.slot(), at.slot(), selectionProof.size()));
    }
  }

  @Override
  public Optional<Value> given() {
    return Optional.empty();
  }

  @Override
  public Verdict judge(Value proposed, List<Value> own) {
    return read(proposed).judge(_ -> new Verdict.Accepted());
  }

  @Override
  public Optional<Signable> signable(Value decided) {
    return aggregateAndProof(decided)
        .map(message ->
            at.signable(
                DomainType.AGGREGATE_AND_PROOF,
                Ssz.hashTreeRoot(at.types().container("AggregateAndProof"), message)));
  }

  /** The message that is signed, of the fork's {@code AggregateAndProof}. */
  public Optional<SszValue> aggregateAndProof(Value decided) {
    return read(decided)
        .understood()
        .map(aggregate ->
            new SszValue.Items(
                List.of(
                    new SszValue.Unsigned(BigInteger.valueOf(duty.validatorIndex())),
                    aggregate,
                    new SszValue.Octets(selectionProof))));
  }

  /** The aggregate of the validator's committee, if all are well-formed. */
  private Reading<SszValue> read(Value value) {
    BeaconTypes types = at.types();
    Container type = types.container("Attestation");
    int committees = at.spec().preset().committeesPerSlot();
    Optional<List<SszValue>> decoded =
        value.content().size() > committees * AGGREGATE_BYTES_MAX
            ? Optional.empty()
            : Ssz.decode(new SszType.ListOf(type, committees), value.content()).map(Ssz::items);
    if (decoded.isEmpty()) {
      return new Reading.Refused<>(Reason.MALFORMED_VALUE);
    }
    Optional<SszValue> own = Optional.empty();
    long last = -1;
    for (SszValue aggregate : decoded.get()) {
      Optional<AttestationData> data =
          AttestationData.decode(
              Ssz.encode(types.container("AttestationData"), type.field(aggregate, "data")));
      BitSet bits = bits(type.field(aggregate, "aggregation_bits"));
      long committee = data.map(d -> committee(type, aggregate, d)).orElse(-1L);
      // The highest bit ends the list.
      if (data.isEmpty()
          || committee <= last
          || committee >= committees
          || bits.cardinality() < 2
          || bits.length() - 1 > AttesterDuty.COMMITTEE_LENGTH_MAX) {
        return new Reading.Refused<>(Reason.MALFORMED_VALUE);
      }
      if (data.get().slot() != at.slot()) {
        return new Reading.Refused<>(Reason.WRONG_SLOT);
      }
      if (!data.get().withoutCommittee().hashTreeRoot().equals(dataRoot)) {
        return new Reading.Refused<>(Reason.NOT_AGREED);
      }
      if (committee == duty.committeeIndex()) {
        if (bits.length() - 1 != duty.committeeLength()) {
          return new Reading.Refused<>(Reason.MALFORMED_VALUE);
        }
        own = Optional.of(aggregate);
      }
      last = committee;
    }
    return own.<Reading<SszValue>>map(Reading.Understood::new)
        .orElseGet(() -> new Reading.Refused<>(Reason.NO_AGGREGATE));
  }

  /** Negative if there is not exactly one (consensus-specs, electra/p2p-interface.md). */
  private long committee(Container type, SszValue aggregate, AttestationData data) {
    if (!at.fork().isAtLeast(Fork.ELECTRA)) {
      return data.index();
    }
    BitSet committees = bits(type.field(aggregate, "committee_bits"));
    return data.index() == 0 && committees.cardinality() == 1 ? committees.length() - 1 : -1;
  }

  private static BitSet bits(SszValue value) {
    return BitSet.valueOf(Ssz.octets(value).toArray());
  }
}
