/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.HeadViews.Heard;
import dev.quorate.consensus.quorum.Quorum;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Seen by operator 0 of a cluster. */
class HeadViewsTest {
  private static final long SLOT = 100;
  private static final Bytes32 OLD = Bytes32.fromHex("01".repeat(32));
  private static final Bytes32 NEW = Bytes32.fromHex("02".repeat(32));
  private static final Bytes32 OTHER = Bytes32.fromHex("03".repeat(32));

  private static HeadViews heard(int operators, Heard... all) {
    HeadViews views = HeadViews.none(new Quorum(operators));
    for (Heard one : all) {
      views = views.with(one);
    }
    return views;
  }

  private static Heard says(int operator, long slot, Bytes32 root) {
    return new Heard(operator, new HeadView(slot, root));
  }

  private static Heard says(int operator, Bytes32 root) {
    return says(operator, SLOT, root);
  }

  @Test
  void whoLagsKnowsTheHeadOfTheOthersAndProposesIt() {
    assertThat(heard(4, says(1, NEW), says(2, NEW)).known(SLOT, List.of(OLD)))
        .containsExactly(NEW, OLD);
  }

  @Test
  void theWordOfAsManyAsMayLieIsNotEnough() {
    assertThat(heard(4, says(1, NEW)).known(SLOT, List.of(OLD))).containsExactly(OLD);
    assertThat(heard(7, says(1, NEW), says(2, NEW)).known(SLOT, List.of(OLD))).containsExactly(OLD);
    assertThat(heard(7, says(1, NEW), says(2, NEW), says(3, NEW)).known(SLOT, List.of(OLD)))
        .containsExactly(NEW, OLD);
  }

  @Test
  void whereNobodyMayLieOneWordIsEnough() {
    assertThat(heard(3, says(1, NEW)).known(SLOT, List.of(OLD))).containsExactly(OLD, NEW);
  }

  @Test
  void oneOperatorIsOneVoiceHoweverOftenItSpeaks() {
    assertThat(heard(4, says(1, NEW), says(1, NEW)).known(SLOT, List.of(OLD))).containsExactly(OLD);
    assertThat(heard(4, says(1, NEW), says(2, NEW), says(1, OLD)).known(SLOT, List.of(OLD)))
        .containsExactly(OLD);
  }

  @Test
  void ofHeadsThatEquallyManyHoldTheOwnIsProposedThenTheOneSaidLater() {
    assertThat(
            heard(7, says(1, NEW), says(2, NEW), says(3, NEW), says(4, OLD), says(5, OLD))
                .known(SLOT, List.of(OLD)))
        .containsExactly(OLD, NEW);
    assertThat(
            heard(5, says(1, NEW), says(2, OTHER), says(3, NEW), says(4, OTHER))
                .known(SLOT, List.of(OLD)))
        .containsExactly(OTHER, NEW, OLD);
  }

  @Test
  void ofSeveralOwnNodesTheFirstCountsAndAllMayBeVotedFor() {
    assertThat(heard(4, says(1, NEW)).known(SLOT, List.of(OLD, NEW))).containsExactly(OLD, NEW);
    assertThat(heard(4, says(1, NEW), says(2, NEW)).known(SLOT, List.of(OLD, NEW)))
        .containsExactly(NEW, OLD);
  }

  @Test
  void whoseNodesAreSilentKnowsWhatTheOthersHold() {
    assertThat(heard(4, says(1, NEW), says(2, NEW), says(3, OLD)).known(SLOT, List.of()))
        .containsExactly(NEW);
  }

  @Test
  void whatWasSaidOfAnotherSlotSaysNothingOfThisOne() {
    assertThat(heard(4, says(1, SLOT - 1, NEW), says(2, SLOT - 1, NEW)).known(SLOT, List.of(OLD)))
        .containsExactly(OLD);
  }

  @Test
  void whoChangesItsMindWithoutEndIsNoLongerListenedTo() {
    HeadViews views = heard(4, says(2, NEW));
    for (int change = 1; change <= HeadViews.CHANGES_PER_SLOT_MAX; change++) {
      views = views.with(says(1, change % 2 == 1 ? NEW : OTHER));
      // The same again is no change.
      assertThat(views.with(views.heard().getLast())).isEqualTo(views);
    }
    assertThat(views.known(SLOT, List.of(OLD))).containsExactly(OLD);
    assertThat(views.with(says(1, NEW))).isEqualTo(views);
    // In the next slot it is, and others are in this one.
    assertThat(views.with(says(1, SLOT + 1, NEW)).heard()).contains(says(1, SLOT + 1, NEW));
    assertThat(views.with(says(3, NEW)).known(SLOT, List.of(OLD))).containsExactly(NEW, OLD);
  }

  @Test
  void ofAnOperatorNoMoreIsKeptThanItsLatestSlots() {
    HeadViews views = heard(4);
    for (long slot = SLOT + 50; slot > SLOT; slot--) {
      views = views.with(says(1, slot, NEW));
    }
    for (long slot = SLOT; slot < SLOT + 100; slot++) {
      views = views.with(says(2, slot, NEW));
    }
    assertThat(views.heard())
        .containsExactlyInAnyOrder(
            says(1, SLOT + 49, NEW),
            says(1, SLOT + 50, NEW),
            says(2, SLOT + 98, NEW),
            says(2, SLOT + 99, NEW));
  }
}
