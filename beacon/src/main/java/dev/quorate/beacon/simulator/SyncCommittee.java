/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.duty.SyncDuty;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A sync committee of the mainnet preset, in as many parts as it has subnets. A validator may have
 * several seats, also in one part.
 */
public final class SyncCommittee {
  /** SYNC_COMMITTEE_SIZE. */
  static final int SIZE = 512;

  /** SYNC_COMMITTEE_SUBNET_COUNT. */
  static final int SUBCOMMITTEES = 4;

  static final int SUBCOMMITTEE_SIZE = SIZE / SUBCOMMITTEES;

  /** TARGET_AGGREGATORS_PER_SYNC_SUBCOMMITTEE. */
  static final int TARGET_AGGREGATORS_PER_SUBCOMMITTEE = 16;

  private final Map<Integer, Bytes> seats;
  private final Map<Long, SyncDuty> duties = new TreeMap<>();

  /**
   * @param seats public keys of the validators under test by position; all others are strangers'
   * @param indices validator indices by public key
   */
  SyncCommittee(Map<Integer, Bytes> seats, Map<Bytes, Long> indices) {
    this.seats = Map.copyOf(seats);
    Map<Bytes, TreeMap<Integer, Bytes>> byMember = new HashMap<>();
    seats.forEach(
        (seat, key) -> byMember.computeIfAbsent(key, _ -> new TreeMap<>()).put(seat, key));
    byMember.forEach((key, own) -> {
      long index = indices.getOrDefault(key, -1L);
      duties.put(index, new SyncDuty(key, index, List.copyOf(own.keySet())));
    });
  }

  /** One for each member among the validators under test, by validator index. */
  public List<SyncDuty> duties() {
    return List.copyOf(duties.values());
  }

  /** Empty if the validator has no seat. */
  public Optional<SyncDuty> dutyOf(long validatorIndex) {
    return Optional.ofNullable(duties.get(validatorIndex));
  }

  /** Whether the validator has a seat in a part. */
  boolean isIn(long validatorIndex, int subcommittee) {
    return dutyOf(validatorIndex).stream()
        .flatMap(duty -> duty.positions().stream())
        .anyMatch(seat -> seat / SUBCOMMITTEE_SIZE == subcommittee);
  }

  /** Who sits at a place of a part; empty if it is a stranger, or if there is no such part. */
  Optional<Bytes> keyAt(int subcommittee, int place) {
    return subcommittee < SUBCOMMITTEES
        ? Optional.ofNullable(seats.get(subcommittee * SUBCOMMITTEE_SIZE + place))
        : Optional.empty();
  }
}
