/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.aggregate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.actors.aggregate.Aggregator.Answer;
import dev.quorate.actors.aggregate.Aggregator.Combine;
import dev.quorate.actors.aggregate.Aggregator.Command;
import dev.quorate.actors.aggregate.Aggregator.Expect;
import dev.quorate.actors.fixture.Group;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyGroup;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyInput;
import dev.quorate.consensus.duty.DutyInput.CombineFailed;
import dev.quorate.consensus.duty.DutyInput.Combined;
import dev.quorate.consensus.duty.DutyOutput;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.signing.threshold.SharedKey;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.ManualTime;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real keys; the crypto runs on the actor's thread, and time passes by hand. */
class AggregatorTest {
  private static final ActorTestKit KIT = ActorTestKit.create("aggregate", ManualTime.config());
  private static final ManualTime TIME = ManualTime.get(KIT.system());
  private static final Duration WINDOW = Aggregator.WINDOW;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int VALIDATORS = 31;
  private static final long SLOT = 100;
  private static final Bytes32 ROOT = Bytes32.sha256(new byte[] {1});
  private static final Bytes32 OTHER_ROOT = Bytes32.sha256(new byte[] {2});
  private static final List<Group> GROUPS =
      Stream.generate(Group::generate).limit(VALIDATORS).toList();

  private final Aggregator.Figures figures = new Aggregator.Figures();
  private final TestProbe<Answer> answers = KIT.createTestProbe();
  private final ActorRef<Command> aggregator = start(GROUPS.stream().map(Group::key).toList());

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
  }

  private ActorRef<Command> start(List<SharedKey> keys) {
    return KIT.spawn(Aggregator.create(keys, Group.THRESHOLD, Runnable::run, figures));
  }

  private void combine(int validator, long slot, Bytes32 root, SortedMap<Integer, Bytes> partials) {
    combine(DutyId.attester(slot, validator), root, partials);
  }

  private void combine(DutyId duty, Bytes32 root, SortedMap<Integer, Bytes> partials) {
    aggregator.tell(new Combine(duty, root, partials, answers.getRef()));
  }

  private void combine(int validator, SortedMap<Integer, Bytes> partials) {
    combine(validator, SLOT, ROOT, partials);
  }

  private void expect(long slot, int duties) {
    aggregator.tell(new Expect(new DutyGroup(DutyType.ATTESTER, slot, 0), duties));
  }

  private DutyInput answer() {
    return answers.receiveMessage(PATIENCE).input();
  }

  /** Everything told before has been taken when this returns. */
  private void settle() {
    TestProbe<Answer> settled = KIT.createTestProbe();
    expect(SLOT + 1_000, 1);
    aggregator.tell(
        new Combine(DutyId.attester(SLOT + 1_000, 0), ROOT, new TreeMap<>(), settled.getRef()));
    settled.receiveMessage(PATIENCE);
  }

  private static SortedMap<Integer, Bytes> withWrong(
      int operator, Bytes wrong, SortedMap<Integer, Bytes> partials) {
    SortedMap<Integer, Bytes> changed = new TreeMap<>(partials);
    changed.put(operator, wrong);
    return changed;
  }

  private static Combined combined(Group group, List<Integer> signers, List<Integer> culprits) {
    return new Combined(group.sign(ROOT), signers, culprits);
  }

  @Test
  void thirtyOneValidatorsOfASlotCostOnePairingCheckAndNoWaiting() {
    expect(SLOT, VALIDATORS);
    for (int validator = 0; validator < VALIDATORS; validator++) {
      combine(validator, GROUPS.get(validator).partials(ROOT, 0, 2, 3));
    }
    Map<DutyId, DutyInput> answered = new HashMap<>();
    for (Answer answer : answers.receiveSeveralMessages(VALIDATORS, PATIENCE)) {
      answered.put(answer.duty(), answer.input());
    }
    assertThat(answered).hasSize(VALIDATORS);
    answered.forEach((duty, input) ->
        assertThat(input)
            .isEqualTo(combined(GROUPS.get(duty.validator()), List.of(0, 2, 3), List.of())));
    assertThat(figures.pairingChecks()).isEqualTo(1);
    assertThat(figures.batches()).isEqualTo(1);
    assertThat(figures.aggregates()).isEqualTo(VALIDATORS);
  }

  @Test
  void waitsForLaggardsNoLongerThanItsWindow() {
    expect(SLOT, 3);
    combine(0, GROUPS.get(0).partials(ROOT, 0, 1, 2));
    settle();
    TIME.timePasses(WINDOW.minusMillis(1));
    combine(1, GROUPS.get(1).partials(ROOT, 1, 2, 3));
    settle();
    answers.expectNoMessage(Duration.ZERO);
    TIME.timePasses(Duration.ofMillis(1));
    assertThat(List.of(answer(), answer()))
        .containsExactly(
            combined(GROUPS.get(0), List.of(0, 1, 2), List.of()),
            combined(GROUPS.get(1), List.of(1, 2, 3), List.of()));

    combine(2, GROUPS.get(2).partials(ROOT, 0, 1, 2));
    settle();
    answers.expectNoMessage(Duration.ZERO);
    TIME.timePasses(WINDOW);
    assertThat(answer()).isEqualTo(combined(GROUPS.get(2), List.of(0, 1, 2), List.of()));
  }

  @Test
  void whatEachValidatorSignsForItselfWaitsForNobody() {
    DutyId contribution = new DutyId(DutyType.SYNC_CONTRIBUTION, SLOT, 0, 2);
    aggregator.tell(new Expect(contribution.group(), 3));
    combine(contribution, ROOT, GROUPS.get(0).partials(ROOT, 0, 1, 2));
    assertThat(answer()).isEqualTo(combined(GROUPS.get(0), List.of(0, 1, 2), List.of()));
  }

  @Test
  void eachPartOfTheSyncCommitteeHasItsOwnNumberOfMembers() {
    DutyId first = new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, SLOT, 0, 1);
    DutyId second = new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, SLOT, 0, 3);
    aggregator.tell(new Expect(first.group(), 2));
    aggregator.tell(new Expect(second.group(), 1));
    combine(first, ROOT, GROUPS.get(0).partials(ROOT, 0, 1, 2));
    combine(second, OTHER_ROOT, GROUPS.get(0).partials(OTHER_ROOT, 0, 1, 2));
    assertThat(answers.receiveMessage(PATIENCE).duty()).isEqualTo(second);
    answers.expectNoMessage(Duration.ZERO);
    combine(
        new DutyId(DutyType.PREPARE_SYNC_CONTRIBUTION, SLOT, 1, 1),
        ROOT,
        GROUPS.get(1).partials(ROOT, 0, 1, 2));
    assertThat(answers.receiveMessage(PATIENCE).duty()).isEqualTo(first);
  }

  @Test
  void namesTheOperatorOfAWrongPartialAndSignsWithTheOthers() {
    expect(SLOT, 3);
    for (int validator = 0; validator < 3; validator++) {
      Group group = GROUPS.get(validator);
      SortedMap<Integer, Bytes> partials = group.partials(ROOT, 0, 1, 2, 3);
      combine(
          validator,
          validator == 1 ? withWrong(0, group.partial(0, OTHER_ROOT), partials) : partials);
    }
    List<DutyInput> inputs = List.of(answer(), answer(), answer());
    assertThat(inputs.get(1)).isEqualTo(combined(GROUPS.get(1), List.of(1, 2, 3), List.of(0)));
    assertThat(((Combined) inputs.get(0)).signature()).isEqualTo(GROUPS.get(0).sign(ROOT));
    assertThat(((Combined) inputs.get(0)).culprits()).isEmpty();
    assertThat(((Combined) inputs.get(2)).signature()).isEqualTo(GROUPS.get(2).sign(ROOT));
    assertThat(((Combined) inputs.get(2)).culprits()).isEmpty();
  }

  @Test
  void tooFewRightPartialsMakeNoSignature() {
    Group group = GROUPS.get(0);
    expect(SLOT, 1);
    combine(0, withWrong(2, group.partial(1, ROOT), group.partials(ROOT, 0, 1, 2)));
    assertThat(answer()).isEqualTo(new CombineFailed(List.of(2)));
    combine(0, group.partials(ROOT, 0, 1, 3));
    assertThat(answer()).isEqualTo(combined(group, List.of(0, 1, 3), List.of()));
    assertThat(figures.aggregates()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        // Infinity, which every key's signatures verify under when summed carelessly.
        "40",
        "ff"
      })
  void bytesThatAreNoSignatureAreTheirOperatorsFault(String pattern) {
    byte[] bytes = new byte[pattern.isEmpty() ? 0 : 192];
    if (pattern.equals("ff")) {
      Arrays.fill(bytes, (byte) 0xff);
    } else if (bytes.length > 0) {
      bytes[0] = (byte) Integer.parseInt(pattern, 16);
    }
    Group group = GROUPS.get(0);
    expect(SLOT, 1);
    combine(0, withWrong(1, Bytes.wrap(bytes), group.partials(ROOT, 0, 1, 2, 3)));
    assertThat(answer()).isEqualTo(combined(group, List.of(0, 2, 3), List.of(1)));
  }

  @Test
  void aCulpritsPartialsAreLeftOutForTwoEpochsWhereTheOthersAreEnough() {
    Group group = GROUPS.get(0);
    SortedMap<Integer, Bytes> spoiled =
        withWrong(0, group.partial(0, OTHER_ROOT), group.partials(ROOT, 0, 1, 2, 3));
    for (long slot : List.of(SLOT, SLOT + 1, SLOT + 64, SLOT + 65)) {
      expect(slot, 1);
    }
    combine(0, SLOT, ROOT, spoiled);
    assertThat(answer()).isEqualTo(combined(group, List.of(1, 2, 3), List.of(0)));
    long checks = figures.pairingChecks();
    for (long slot : List.of(SLOT + 1, SLOT + 64)) {
      combine(0, slot, ROOT, spoiled);
      assertThat(answer()).isEqualTo(combined(group, List.of(1, 2, 3), List.of()));
      assertThat(figures.pairingChecks()).isEqualTo(++checks);
    }
    combine(0, SLOT + 65, ROOT, spoiled);
    assertThat(answer()).isEqualTo(combined(group, List.of(1, 2, 3), List.of(0)));
    assertThat(figures.pairingChecks()).isGreaterThan(checks + 1);
  }

  @Test
  void aSuspectWhoseRightPartialIsNeededIsHeard() {
    Group group = GROUPS.get(0);
    expect(SLOT, 1);
    combine(0, withWrong(0, group.partial(0, OTHER_ROOT), group.partials(ROOT, 0, 1, 2, 3)));
    assertThat(answer()).isEqualTo(combined(group, List.of(1, 2, 3), List.of(0)));
    combine(0, group.partials(ROOT, 0, 1, 2));
    assertThat(answer()).isEqualTo(combined(group, List.of(0, 1, 2), List.of()));
  }

  @Test
  void whoSignsAnotherMessageIsAnotherBatch() {
    Group group = GROUPS.get(1);
    expect(SLOT, 2);
    combine(0, GROUPS.get(0).partials(ROOT, 0, 1, 2));
    combine(1, SLOT, OTHER_ROOT, group.partials(OTHER_ROOT, 0, 1, 2));
    settle();
    answers.expectNoMessage(Duration.ZERO);
    long batches = figures.batches();
    TIME.timePasses(WINDOW);
    assertThat(List.of(answer(), answer()))
        .containsExactlyInAnyOrder(
            combined(GROUPS.get(0), List.of(0, 1, 2), List.of()),
            new Combined(group.sign(OTHER_ROOT), List.of(0, 1, 2), List.of()));
    assertThat(figures.batches()).isEqualTo(batches + 2);
  }

  @Test
  void moreMessagesThanItGathersForAreNotWaitedFor() {
    combine(0, GROUPS.get(0).partials(ROOT, 0, 1, 2));
    for (int other = 1; other < 1024; other++) {
      combine(1, SLOT, Bytes32.sha256(new byte[] {3, (byte) (other >> 8), (byte) other}), NONE);
    }
    settle();
    // The settling batch was one more.
    assertThat(answer()).isEqualTo(combined(GROUPS.get(0), List.of(0, 1, 2), List.of()));
    answers.expectNoMessage(Duration.ZERO);
  }

  private static final SortedMap<Integer, Bytes> NONE = new TreeMap<>();

  @Test
  void keysThatDoNotBelongTogetherAreThisOperatorsOwnFailure() {
    Group group = GROUPS.get(0);
    SharedKey wrong = new SharedKey(GROUPS.get(1).key().group(), group.key().shares());
    ActorRef<Command> misled = start(List.of(wrong));
    SortedMap<Integer, Bytes> partials = group.partials(ROOT, 0, 1, 2);
    misled.tell(new Expect(new DutyGroup(DutyType.ATTESTER, SLOT, 0), 1));
    misled.tell(new Combine(DutyId.attester(SLOT, 0), ROOT, partials, answers.getRef()));
    assertThat(answer())
        .isEqualTo(new DutyInput.ServiceFailed(new DutyOutput.Combine(ROOT, partials)));
  }
}
