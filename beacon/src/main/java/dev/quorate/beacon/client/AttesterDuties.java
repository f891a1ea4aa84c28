/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.attestation.AttesterDuty;
import java.util.List;

/**
 * The attester duties of an epoch.
 *
 * @param dependentRoot the block that they were derived from: as long as it stays, so do they
 */
public record AttesterDuties(Bytes32 dependentRoot, List<AttesterDuty> duties) {
  public AttesterDuties {
    duties = List.copyOf(duties);
  }
}
