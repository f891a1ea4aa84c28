/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.Fork;
import java.util.HashSet;
import java.util.List;

/**
 * All that a simulated chain depends on: two with equal configurations are equal in every root.
 *
 * @param genesisTimeSeconds Unix time of slot 0
 * @param fork in force from epoch 0 on: capella, deneb, electra or fulu
 * @param syncSeats of the sync committee's 512 seats those that validators under test have
 * @param publicKeys of the validators under test, 48 bytes each; the chain has others as well,
 *     which fill the committees and are never heard of
 */
public record ChainConfig(
    long seed,
    long genesisTimeSeconds,
    Fork fork,
    long slotMillis,
    int slotsPerEpoch,
    Placement placement,
    int syncSeats,
    List<Bytes> publicKeys) {
  /** What the committees of one slot can seat. */
  public static final int VALIDATORS_MAX = 65_536;

  /** The size of the sync committee. */
  public static final int SYNC_SEATS_MAX = SyncCommittee.SIZE;

  public ChainConfig {
    publicKeys = List.copyOf(publicKeys);
    if (genesisTimeSeconds < 0
        || !fork.isAtLeast(Fork.CAPELLA)
        || slotMillis < 1
        || slotsPerEpoch < 1
        || syncSeats < 0
        || syncSeats > SYNC_SEATS_MAX
        || publicKeys.isEmpty()
        || publicKeys.size() > VALIDATORS_MAX
        || new HashSet<>(publicKeys).size() < publicKeys.size()
        || publicKeys.stream().anyMatch(key -> key.size() != 48)) {
      throw new IllegalArgumentException(
          "a chain of %s from %s s on, slots of %s ms, %s an epoch, %s sync seats, %s public keys"
              .formatted(
                  fork,
                  genesisTimeSeconds,
                  slotMillis,
                  slotsPerEpoch,
                  syncSeats,
                  publicKeys.size()));
    }
  }
}
