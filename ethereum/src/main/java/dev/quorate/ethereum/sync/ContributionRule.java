/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.sync;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.Reading;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What an operator checks before it votes for the contributions of a slot, and what signing that of
 * one subcommittee means. A value is an SSZ list of {@code SyncCommitteeContribution}, one for all
 * validators of the slot: at most one a subcommittee, ordered by subcommittee, all over the head
 * that was agreed on.
 *
 * <p>Own data does not matter, and the signatures inside are checked elsewhere: here are no keys.
 *
 * @param subcommittee the duty's part
 * @param selectionProof 96 bytes, compressed: the group's
 * @param head the agreed block root
 */
public record ContributionRule(
    DutySlot at, long validatorIndex, int subcommittee, Bytes selectionProof, Bytes32 head)
    implements DutyRule {

  /**
   * @throws IllegalArgumentException if there is no such subcommittee, or the proof is no signature
   */
  public ContributionRule {
    if (validatorIndex < 0
        || subcommittee < 0
        || subcommittee >= DutyType.SYNC_SUBCOMMITTEES
        || selectionProof.size() != 96) {
      throw new IllegalArgumentException(
          "validator %s, subcommittee %s, a selection proof of %s bytes"
              .formatted(
                  Long.toUnsignedString(validatorIndex), subcommittee, selectionProof.size()));
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
    return contributionAndProof(decided)
        .map(message ->
            at.signable(
                DomainType.CONTRIBUTION_AND_PROOF,
                Ssz.hashTreeRoot(at.types().container("ContributionAndProof"), message)));
  }

  /** The message that is signed, of type {@code ContributionAndProof}. */
  public Optional<SszValue> contributionAndProof(Value decided) {
    return read(decided)
        .understood()
        .map(contribution ->
            new SszValue.Items(
                List.of(
                    new SszValue.Unsigned(BigInteger.valueOf(validatorIndex)),
                    contribution,
                    new SszValue.Octets(selectionProof))));
  }

  /** The contribution of the duty's subcommittee, if all are well-formed. */
  private Reading<SszValue> read(Value value) {
    Container type = at.types().container("SyncCommitteeContribution");
    // Of fixed size, so that no more bytes than those of four are taken.
    Optional<List<SszValue>> decoded =
        Ssz.decode(new SszType.ListOf(type, DutyType.SYNC_SUBCOMMITTEES), value.content())
            .map(Ssz::items);
    if (decoded.isEmpty()) {
      return new Reading.Refused<>(Reason.MALFORMED_VALUE);
    }
    Optional<SszValue> own = Optional.empty();
    BigInteger last = BigInteger.ONE.negate();
    for (SszValue contribution : decoded.get()) {
      BigInteger part = Ssz.number(type.field(contribution, "subcommittee_index"));
      Bytes bits = Ssz.octets(type.field(contribution, "aggregation_bits"));
      if (part.compareTo(last) <= 0
          || part.compareTo(BigInteger.valueOf(DutyType.SYNC_SUBCOMMITTEES)) >= 0
          || IntStream.range(0, bits.size()).allMatch(i -> bits.get(i) == 0)) {
        return new Reading.Refused<>(Reason.MALFORMED_VALUE);
      }
      if (!Ssz.number(type.field(contribution, "slot")).equals(BigInteger.valueOf(at.slot()))) {
        return new Reading.Refused<>(Reason.WRONG_SLOT);
      }
      if (!Ssz.octets(type.field(contribution, "beacon_block_root")).equals(head.toBytes())) {
        return new Reading.Refused<>(Reason.NOT_AGREED);
      }
      if (part.intValue() == subcommittee) {
        own = Optional.of(contribution);
      }
      last = part;
    }
    return own.<Reading<SszValue>>map(Reading.Understood::new)
        .orElseGet(() -> new Reading.Refused<>(Reason.NO_AGGREGATE));
  }
}
