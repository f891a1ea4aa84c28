/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.http.view.ExplanationView;
import dev.quorate.http.view.ExplanationView.Why;
import dev.quorate.http.view.ValidatorView;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class TranscriptTest {
  private static final long START = 1_700_000_000_000L;
  private static final long DEADLINE = START + 768_000;
  private static final String VALUE = "0x" + "ab".repeat(32);
  private static final String OTHER = "0x" + "cd".repeat(32);
  private static final Why NO_QUORUM = new Why("NO_QUORUM", "no quorum came", "see who was down");

  private static OptionalLong after(long millis) {
    return OptionalLong.of(START + millis);
  }

  private static ExplanationView broadcast() {
    return view(
        new ValidatorView.Duty(
            "attester/100/7",
            "attester",
            100,
            "BROADCAST",
            Optional.empty(),
            Optional.empty(),
            OptionalInt.of(2),
            OptionalInt.of(3),
            List.of(0, 1, 3),
            List.of(
                new ValidatorView.Vote("PREPARE", 1, VALUE, START + 4_100),
                new ValidatorView.Vote("COMMIT", 2, VALUE, START + 8_300)),
            List.of(new ValidatorView.DoubleVote(2, "COMMIT", 1, VALUE, OTHER)),
            List.of(0, 1, 3),
            List.of(2),
            List.of(
                new ValidatorView.Partial(0, START + 8_450, false),
                new ValidatorView.Partial(3, START + 9_900, true)),
            after(1_020),
            after(4_050),
            after(8_400),
            after(8_420),
            after(8_500),
            OptionalLong.empty(),
            Optional.of(new ValidatorView.Submission("ACCEPTED", START + 8_600))),
        Optional.of(VALUE),
        List.of(2),
        Optional.empty(),
        Optional.empty(),
        OptionalLong.empty(),
        DEADLINE);
  }

  private static ExplanationView ended(
      String progress, Optional<Why> why, OptionalLong deletedBefore, long toldAtMillis) {
    return view(
        new ValidatorView.Duty(
            "attester/100/7",
            "attester",
            100,
            progress,
            why.map(Why::reason),
            Optional.of("FENCED"),
            OptionalInt.of(3),
            OptionalInt.of(1),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            OptionalLong.empty(),
            why.isPresent() ? after(768_000) : OptionalLong.empty(),
            Optional.empty()),
        Optional.empty(),
        List.of(),
        why,
        Optional.of(new Why("FENCED", "another has the right", "nothing")),
        deletedBefore,
        toldAtMillis);
  }

  private static ExplanationView view(
      ValidatorView.Duty duty,
      Optional<String> value,
      List<Integer> silent,
      Optional<Why> why,
      Optional<Why> refusal,
      OptionalLong deletedBefore,
      long toldAtMillis) {
    return new ExplanationView(
        duty,
        7,
        "0x8a",
        1,
        List.of("alpha", "beta", "gamma", "delta"),
        value,
        value.map(_ -> new ExplanationView.Signed(OTHER, 2, 3)),
        silent,
        why.isPresent() ? List.of(0, 3) : List.of(),
        Optional.of("NOT_INCLUDED").filter(_ -> duty.progress().equals("BROADCAST")),
        why,
        refusal,
        START,
        START + 4_000,
        DEADLINE,
        deletedBefore,
        toldAtMillis);
  }

  @Test
  void tellsEverythingInTheOrderInWhichItHappened() {
    assertThat(Transcript.of(broadcast()))
        .isEqualTo(
            """
            duty       attester/100/7: BROADCAST, ACCEPTED
            validator  position 7, 0x8a
            operator   beta (this one)
            slot       begins 2023-11-14 22:13:20.000 UTC, due at 4000 ms, worth nothing after 2023-11-14 22:26:08.000 UTC
            decided    %s, source epoch 2, target epoch 3

            since begin  at                           what
                1020 ms  2023-11-14 22:13:21.020 UTC  own data came
                4050 ms  2023-11-14 22:13:24.050 UTC  a new value was seen proposed, the last one
                4100 ms  2023-11-14 22:13:24.100 UTC  own vote in round 1: PREPARE for 0xabababab…
                8300 ms  2023-11-14 22:13:28.300 UTC  own vote in round 2: COMMIT for 0xabababab…
                8400 ms  2023-11-14 22:13:28.400 UTC  decided in round 2, led by delta, by COMMITs of alpha, beta (this one), delta
                8420 ms  2023-11-14 22:13:28.420 UTC  own partial signature made
                8450 ms  2023-11-14 22:13:28.450 UTC  partial signature of alpha
                8500 ms  2023-11-14 22:13:28.500 UTC  the group's signature complete, of partial signatures of alpha, beta (this one), delta
                8600 ms  2023-11-14 22:13:28.600 UTC  beacon nodes said: ACCEPTED
                9900 ms  2023-11-14 22:13:29.900 UTC  partial signature of delta, late: the group's was durable

            voted twice  gamma, COMMIT in round 1: for 0xabababab… and for 0xcdcdcdcd…
            wrong        partial signatures of gamma
            never came   partial signatures of gamma
            chain        not on chain
            """
                .formatted(VALUE));
  }

  @Test
  void tellsWhyADutyWasMissedAndWhatToDo() {
    String text =
        Transcript.of(ended("MISSED", Optional.of(NO_QUORUM), OptionalLong.empty(), DEADLINE));
    assertThat(text.lines())
        .contains(
            "duty       attester/100/7: MISSED, NO_QUORUM",
            "decided    nothing that is on record",
            "  768000 ms  2023-11-14 22:26:08.000 UTC  given up: NO_QUORUM",
            "undecided       the last round entered was 3, led by beta (this one)",
            "own refusal     FENCED: another has the right",
            "missed because  NO_QUORUM: no quorum came",
            "at fault        alpha, delta",
            "what to do      see who was down");
  }

  @Test
  void saysOfADutyWithoutAnEndWhyThereIsNone() {
    OptionalLong kept = OptionalLong.empty();
    assertThat(Transcript.of(ended("INTENDED", Optional.empty(), kept, DEADLINE - 1)))
        .contains("not yet: it is under way");
    assertThat(Transcript.of(ended("INTENDED", Optional.empty(), kept, DEADLINE)))
        .contains("none on record: this operator stopped during the duty", "INTERRUPTED");
    assertThat(Transcript.of(ended("COMPLETED", Optional.empty(), kept, DEADLINE)))
        .contains("what beacon nodes said of the signature is not on record");
  }

  @Test
  void saysWhichRowsOfTheDutyMayBeDeleted() {
    assertThat(Transcript.of(ended("MISSED", Optional.of(NO_QUORUM), after(1), DEADLINE)))
        .contains("rows before 2023-11-14 22:13:20.001 UTC are");
    assertThat(Transcript.of(ended("MISSED", Optional.of(NO_QUORUM), after(-1), DEADLINE)))
        .doesNotContain("deleted");
  }
}
