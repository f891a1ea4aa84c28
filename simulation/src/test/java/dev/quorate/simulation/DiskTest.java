/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.slashing.Quarantine;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DiskTest {
  private static final DutyId DUTY = DutyId.attester(7, 0);
  private static final Bytes ACTIVATION = Bytes.wrap(new byte[16]);

  private final List<DutyEvent> durable = new ArrayList<>();
  private final Disk disk = new Disk(durable::add);

  /** A share was once sent from a backup that held it before it was on disk. */
  @Test
  void aBackupWaitsForWhatIsBeingWritten() {
    DutyEvent event = new DutyEvent.Shared(DUTY, Bytes.wrap(new byte[96]), 1);
    disk.append(0, List.of(event));
    assertThat(durable).isEmpty();

    disk.backUp();

    assertThat(durable).containsExactly(event);
  }

  @Test
  void anOlderDiskIsKnownForOneUntilItIsInQuarantine() {
    Disk.Backup backup = disk.backUp();
    assertThat(disk.claim(DUTY, ACTIVATION)).isEqualTo(new FenceVerdict.Owned());
    assertThat(disk.isOlder()).isFalse();

    disk.restore(backup);

    assertThat(disk.isOlder()).isTrue();
    disk.enter(new Quarantine(7, 1, 0));
    assertThat(disk.isOlder()).isFalse();
    assertThat(disk.claim(DUTY, ACTIVATION))
        .isEqualTo(new FenceVerdict.Foreign(Reason.QUARANTINED));
    // It is part of what is backed up.
    disk.restore(disk.backUp());
    assertThat(disk.quarantine()).contains(new Quarantine(7, 1, 0));
  }
}
