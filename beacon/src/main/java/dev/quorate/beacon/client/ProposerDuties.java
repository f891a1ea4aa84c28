/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.duty.ProposerDuty;
import java.util.List;

/**
 * The proposals of an epoch.
 *
 * @param dependentRoot the block that they were derived from: as long as it stays, so do they
 * @param decidedBefore the epoch before whose first slot that block lies: the preceding one as
 *     nodes tell since they look ahead (EIP-7917), the epoch itself as they tell by the older route
 */
public record ProposerDuties(Bytes32 dependentRoot, long decidedBefore, List<ProposerDuty> duties) {
  public ProposerDuties {
    duties = List.copyOf(duties);
  }
}
