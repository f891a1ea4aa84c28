/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

/**
 * The key of everything that happens for one duty of one validator.
 *
 * @param slot of the duty; of one that belongs to a period its first slot
 * @param validator position of the validator in the cluster file, from 0
 * @param part the sync subcommittee, 0 for all other types
 */
public record DutyId(DutyType type, long slot, int validator, int part)
    implements Comparable<DutyId> {
  public DutyId {
    if (slot < 0 || validator < 0 || part < 0) {
      throw new IllegalArgumentException("negative: " + slot + "/" + validator + "/" + part);
    }
  }

  public static DutyId attester(long slot, int validator) {
    return new DutyId(DutyType.ATTESTER, slot, validator, 0);
  }

  /** That of another type, of the same validator and slot. */
  public DutyId sibling(DutyType other) {
    return sibling(other, 0);
  }

  /** That of another type and part, of the same validator and slot. */
  public DutyId sibling(DutyType other, int part) {
    return new DutyId(other, slot, validator, part);
  }

  /** Whether it is over on any chain when another slot has begun. */
  boolean isOverBy(long laterSlot) {
    return slot < laterSlot - type.slotsOpen();
  }

  /** All validators' of the same type, slot and part. */
  public DutyGroup group() {
    return new DutyGroup(type, slot, part);
  }

  @Override
  public int compareTo(DutyId other) {
    // Written out: every map of duties compares at each of its nodes.
    int bySlot = Long.compare(slot, other.slot);
    if (bySlot != 0) {
      return bySlot;
    }
    int byType = type.compareTo(other.type);
    if (byType != 0) {
      return byType;
    }
    int byValidator = Integer.compare(validator, other.validator);
    return byValidator != 0 ? byValidator : Integer.compare(part, other.part);
  }

  /** {@code attester/123/7}, or {@code …/part} where there is one. */
  @Override
  public String toString() {
    String id = type.label() + "/" + slot + "/" + validator;
    return part == 0 ? id : id + "/" + part;
  }
}
