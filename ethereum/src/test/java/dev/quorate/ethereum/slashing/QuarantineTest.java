/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.slashing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.chain.SlotTimes;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Epochs of 4 slots of 12 s. */
class QuarantineTest {
  private static final long GENESIS_SECONDS = 1_000;
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {1});

  private static Quarantine since(long slot) throws Exception {
    ChainSpec spec =
        ChainSpec.ofJson(
            new JsonMapper()
                .readTree(
                    """
                    {"SECONDS_PER_SLOT":"12","SLOTS_PER_EPOCH":"4","GENESIS_FORK_VERSION":"0x00000000"}
                    """));
    return Quarantine.since(
        new SlotTimes(spec, new Genesis(GENESIS_SECONDS, ROOT, Bytes.fromHex("00000000"))),
        (GENESIS_SECONDS + 12 * slot) * 1000 + 5);
  }

  @Test
  void reachesAsFarAsAnythingWasEverSigned() throws Exception {
    assertThat(since(41)).isEqualTo(new Quarantine(42, 10, 9));
    // What is signed ahead of the clock may be of the next epoch.
    assertThat(since(43)).isEqualTo(new Quarantine(44, 11, 10));
    assertThat(since(-5)).isEqualTo(new Quarantine(1, 0, 0));
  }

  /** Whatever was forgotten: every source and target that an honest operator signs by then. */
  @Test
  void letsNothingPassThatIsSlashableWithWhatMayBeForgotten() {
    Quarantine quarantine = new Quarantine(23, 5, 4);
    int passed = 0;
    for (long source = 0; source < 12; source++) {
      for (long target = source; target < 12; target++) {
        if (attestation(quarantine, source, target).isPresent()) {
          continue;
        }
        passed++;
        for (long forgottenTarget = 0; forgottenTarget <= 5; forgottenTarget++) {
          for (long forgotten = 0; forgotten < Math.max(1, forgottenTarget); forgotten++) {
            boolean isDouble = target == forgottenTarget;
            boolean surrounds = source < forgotten && forgottenTarget < target;
            boolean isSurrounded = forgotten < source && target < forgottenTarget;
            assertThat(isDouble || surrounds || isSurrounded)
                .as("%d>%d after %d>%d", source, target, forgotten, forgottenTarget)
                .isFalse();
          }
        }
      }
    }
    assertThat(passed).as("it lets something pass").isGreaterThan(20);
  }

  @Test
  void leavesByTheClockAlone() {
    Quarantine quarantine = new Quarantine(23, 5, 4);
    assertThat(attestation(quarantine, 4, 5)).contains(Reason.QUARANTINED);
    assertThat(attestation(quarantine, 3, 6)).contains(Reason.QUARANTINED);
    assertThat(attestation(quarantine, 4, 6)).isEmpty();
    assertThat(block(quarantine, 23)).contains(Reason.QUARANTINED);
    assertThat(block(quarantine, 24)).isEmpty();
    assertThat(quarantine.refusal(Optional.empty(), 23, new Signable(ROOT, 0, 23)))
        .contains(Reason.QUARANTINED);
    assertThat(quarantine.refusal(Optional.empty(), 24, new Signable(ROOT, 0, 24))).isEmpty();
    assertThat(quarantine.forbidsVotes(23)).isTrue();
    assertThat(quarantine.forbidsVotes(24)).isFalse();
    assertThat(quarantine.isCurrent(5)).isTrue();
    assertThat(quarantine.isCurrent(6)).isFalse();
  }

  @Test
  void addsUpAndKeepsTheSourceThatSomebodyAnsweredForWithinTheEpoch() {
    Quarantine allowed = new Quarantine(23, 5, 1);
    assertThat(allowed.and(new Quarantine(24, 5, 4))).isEqualTo(new Quarantine(24, 5, 1));
    assertThat(allowed.and(new Quarantine(24, 6, 5))).isEqualTo(new Quarantine(24, 6, 5));
    assertThat(new Quarantine(23, 5, 4).and(new Quarantine(20, 4, 3)))
        .isEqualTo(new Quarantine(23, 5, 4));
  }

  @Test
  void tellsOthersAsWatermarks() {
    Watermarks raised = new Quarantine(23, 5, 4).raised(Watermarks.NONE);
    assertThat(raised.attestation()).isEqualTo(new AttestationWatermark(4, 5, Optional.empty()));
    assertThat(raised.block()).isEqualTo(new BlockWatermark(23, Optional.empty()));
  }

  private static Optional<Reason> attestation(Quarantine quarantine, long source, long target) {
    return quarantine.refusal(
        Optional.of(WatermarkKind.ATTESTATION), target * 4, new Signable(ROOT, source, target));
  }

  private static Optional<Reason> block(Quarantine quarantine, long slot) {
    return quarantine.refusal(Optional.of(WatermarkKind.BLOCK), slot, new Signable(ROOT, 0, slot));
  }
}
