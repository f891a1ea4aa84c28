/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.sync;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyRule;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.OwnData;
import dev.quorate.ethereum.duty.Reading;
import java.util.List;
import java.util.Optional;

/**
 * What an operator checks before it votes for a head that the sync committee signs. A value is the
 * block root, 32 bytes, one for all validators of a slot; own values are the known heads, those of
 * the own beacon nodes and of enough other operators, see {@link
 * dev.quorate.consensus.duty.HeadViews}. Light clients follow the head: it is not free, as that of
 * an attestation is.
 */
public record SyncMessageRule(DutySlot at) implements DutyRule {

  @Override
  public Optional<Value> given() {
    return Optional.empty();
  }

  @Override
  public Verdict judge(Value proposed, List<Value> own) {
    List<Bytes32> heads = own.stream().flatMap(value -> read(value).understood().stream()).toList();
    return read(proposed).judge(head -> OwnData.confirm(heads, head::equals, Reason.HEADS_DIFFER));
  }

  /**
   * The root itself is the signed object (consensus-specs, altair/validator.md, {@code
   * get_sync_committee_message}).
   */
  @Override
  public Optional<Signable> signable(Value decided) {
    return read(decided).understood().map(head -> at.signable(DomainType.SYNC_COMMITTEE, head));
  }

  private static Reading<Bytes32> read(Value value) {
    return value.content().size() == 32
        ? new Reading.Understood<>(Bytes32.of(value.content().toArray()))
        : new Reading.Refused<>(Reason.MALFORMED_VALUE);
  }
}
