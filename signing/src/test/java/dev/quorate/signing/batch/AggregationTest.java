/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.Seeds;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.curve.G2;
import dev.quorate.signing.curve.StrangePoints;
import dev.quorate.signing.threshold.KeyShare;
import dev.quorate.signing.threshold.Shamir;
import dev.quorate.signing.threshold.SharedKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AggregationTest {
  private static final HashedMessage MESSAGE = HashedMessage.of(Bytes32.sha256(new byte[] {9}));
  private static final HashedMessage OTHER = HashedMessage.of(Bytes32.sha256(new byte[] {8}));
  private static final SortedSet<Integer> NONE = Collections.emptySortedSet();

  private final SecureRandom random = Seeds.random();

  /** A validator whose operators have all signed. */
  private final class Validator {
    final SharedKey key;
    final Signature whole;
    final List<KeyShare> shares;
    final TreeMap<Integer, Bytes> partials = new TreeMap<>();

    Validator(int threshold, int n) {
      try (SecretKey secret = SecretKey.generate(random)) {
        shares = Shamir.split(secret, threshold, n, random);
        key = new SharedKey(secret.publicKey(), shares.stream().map(KeyShare::publicKey).toList());
        whole = secret.sign(MESSAGE);
      }
      for (KeyShare share : shares) {
        Signature partial = share.sign(MESSAGE);
        // Operators may send either form.
        partials.put(
            share.index(), share.index() % 2 == 0 ? partial.compressed() : partial.uncompressed());
      }
    }

    Aggregation.Job job() {
      return new Aggregation.Job(key, partials);
    }

    G2 partial(int index) {
      return shares.get(index - 1).sign(MESSAGE).point();
    }

    void replace(int index, G2 point) {
      partials.put(index, point.uncompressed());
    }

    void spoil(int index) {
      replace(index, shares.get(index - 1).sign(OTHER).point());
    }
  }

  private List<Validator> validators(int count, int threshold, int n) {
    List<Validator> validators = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      validators.add(new Validator(threshold, n));
    }
    return validators;
  }

  private Aggregation.Result aggregate(
      List<Validator> validators, int threshold, SortedSet<Integer> suspects) {
    return Aggregation.aggregate(
        MESSAGE, threshold, validators.stream().map(Validator::job).toList(), suspects, random);
  }

  private static SortedSet<Integer> indices(Integer... indices) {
    return new TreeSet<>(Arrays.asList(indices));
  }

  @Test
  void settlesAllValidatorsWithOnePairingCheckIfAllIsWell() {
    List<Validator> validators = validators(20, 3, 4);
    Aggregation.Result result = aggregate(validators, 3, NONE);
    assertThat(result.pairingChecks()).isEqualTo(1);
    for (int i = 0; i < validators.size(); i++) {
      assertThat(result.outcomes().get(i))
          .isEqualTo(
              new Aggregation.Aggregated(validators.get(i).whole, indices(1, 2, 3), indices()));
    }
  }

  @Test
  void takesAnyThresholdOfPartials() {
    for (int missing = 1; missing <= 4; missing++) {
      Validator validator = new Validator(3, 4);
      validator.partials.remove(missing);
      Aggregation.Result result = aggregate(List.of(validator), 3, NONE);
      assertThat(result.outcomes())
          .containsExactly(
              new Aggregation.Aggregated(
                  validator.whole, new TreeSet<>(validator.partials.keySet()), indices()));
    }
  }

  @Test
  void namesWhoSentAPartialOverAnotherMessageAndDoesWithoutIt() {
    List<Validator> validators = validators(8, 3, 4);
    validators.get(2).spoil(2);
    validators.get(5).spoil(1);
    Aggregation.Result result = aggregate(validators, 3, NONE);
    for (int i = 0; i < validators.size(); i++) {
      Aggregation.Aggregated expected =
          new Aggregation.Aggregated(
              validators.get(i).whole,
              i == 2 ? indices(1, 3, 4) : i == 5 ? indices(2, 3, 4) : indices(1, 2, 3),
              i == 2 ? indices(2) : i == 5 ? indices(1) : indices());
      assertThat(result.outcomes().get(i)).isEqualTo(expected);
    }
  }

  @Test
  void takesNoPointThatIsNoSignature() {
    Validator validator = new Validator(3, 7);
    validator.partials.put(1, Bytes.EMPTY);
    validator.partials.put(2, Bytes.wrap(new byte[192]));
    validator.replace(3, StrangePoints.infinity());
    validator.replace(4, G2.sum(List.of(validator.partial(4), StrangePoints.ofOrder13(random))));
    Aggregation.Result result = aggregate(List.of(validator), 3, NONE);
    assertThat(result.outcomes())
        .containsExactly(
            new Aggregation.Aggregated(validator.whole, indices(5, 6, 7), indices(1, 2, 3, 4)));

    validator.partials.remove(7);
    assertThat(aggregate(List.of(validator), 3, NONE).outcomes())
        .containsExactly(new Aggregation.Insufficient(indices(1, 2, 3, 4), 2));
  }

  @Test
  void namesAPointOfOrder13WhoseAggregateWasOutsideTheGroup() {
    Validator validator = new Validator(3, 4);
    validator.replace(2, G2.sum(List.of(validator.partial(2), StrangePoints.ofOrder13(random))));
    Aggregation.Result result = aggregate(List.of(validator), 3, NONE);
    assertThat(result.outcomes())
        .containsExactly(new Aggregation.Aggregated(validator.whole, indices(1, 3, 4), indices(2)));
  }

  @Test
  void namesBothOfTwoOperatorsThatAreWrongTogether() {
    Validator validator = new Validator(5, 7);
    G2 shift = validator.partial(7);
    validator.replace(1, G2.sum(List.of(validator.partial(1), shift)));
    validator.replace(2, G2.sum(List.of(validator.partial(2), shift)));
    assertThat(aggregate(List.of(validator), 5, NONE).outcomes())
        .containsExactly(
            new Aggregation.Aggregated(validator.whole, indices(3, 4, 5, 6, 7), indices(1, 2)));
  }

  /** The weights of 1 to 5 are 5, -10, 10, -5, 1. What verifies is the signature, however made. */
  @Test
  void errorsThatCancelOutInTheAggregateDoNoHarm() {
    Validator validator = new Validator(5, 7);
    G2 shift = validator.partial(7);
    validator.replace(1, G2.sum(List.of(validator.partial(1), shift, shift)));
    validator.replace(2, G2.sum(List.of(validator.partial(2), shift)));
    assertThat(aggregate(List.of(validator), 5, NONE))
        .isEqualTo(
            new Aggregation.Result(
                List.of(
                    new Aggregation.Aggregated(validator.whole, indices(1, 2, 3, 4, 5), indices())),
                1));
  }

  @Test
  void saysThatTooFewAreLeft() {
    Validator spoilt = new Validator(3, 4);
    spoilt.spoil(1);
    spoilt.spoil(4);
    Validator incomplete = new Validator(3, 4);
    incomplete.partials.remove(1);
    incomplete.partials.remove(2);
    Validator silent = new Validator(3, 4);
    silent.partials.clear();
    Validator good = new Validator(3, 4);
    assertThat(aggregate(List.of(spoilt, incomplete, silent, good), 3, NONE).outcomes())
        .containsExactly(
            new Aggregation.Insufficient(indices(1, 4), 2),
            new Aggregation.Insufficient(indices(), 2),
            new Aggregation.Insufficient(indices(), 0),
            new Aggregation.Aggregated(good.whole, indices(1, 2, 3), indices()));
  }

  @Test
  void doesWithoutASuspectWhereTheOthersAreEnough() {
    List<Validator> validators = validators(5, 3, 4);
    validators.forEach(validator -> validator.spoil(2));
    Aggregation.Result result = aggregate(validators, 3, indices(2));
    assertThat(result.pairingChecks()).isEqualTo(1);
    assertThat(result.outcomes())
        .allSatisfy(outcome ->
            assertThat(outcome)
                .isInstanceOfSatisfying(
                    Aggregation.Aggregated.class,
                    aggregated -> assertThat(aggregated.used()).isEqualTo(indices(1, 3, 4))));
  }

  @Test
  void verifiesASuspectsPartialsFirstWhereTheyAreNeeded() {
    List<Validator> validators = validators(16, 3, 4);
    validators.forEach(validator -> validator.partials.remove(4));
    assertThat(aggregate(validators, 3, indices(2)).pairingChecks()).isEqualTo(2);

    validators.get(3).spoil(2);
    int unsuspecting = aggregate(validators, 3, NONE).pairingChecks();
    Aggregation.Result result = aggregate(validators, 3, indices(2));
    assertThat(result.pairingChecks()).isLessThan(unsuspecting);
    for (int i = 0; i < validators.size(); i++) {
      assertThat(result.outcomes().get(i))
          .isEqualTo(
              i == 3
                  ? new Aggregation.Insufficient(indices(2), 2)
                  : new Aggregation.Aggregated(
                      validators.get(i).whole, indices(1, 2, 3), indices()));
    }
  }

  @Test
  void fallsBackOnASuspectIfAnotherTurnsOutWrong() {
    Validator validator = new Validator(3, 4);
    validator.spoil(3);
    assertThat(aggregate(List.of(validator), 3, indices(2)).outcomes())
        .containsExactly(new Aggregation.Aggregated(validator.whole, indices(1, 2, 4), indices(3)));
  }

  @Test
  void withNoJobsThereIsNothingToCheck() {
    assertThat(aggregate(List.of(), 3, NONE)).isEqualTo(new Aggregation.Result(List.of(), 0));
  }

  @Test
  void refusesPublicSharesOfAnotherKey() {
    Validator validator = new Validator(3, 4);
    SharedKey foreign = new SharedKey(new Validator(3, 4).key.group(), validator.key.shares());
    List<Aggregation.Job> jobs = List.of(new Aggregation.Job(foreign, validator.partials));
    assertThatThrownBy(() -> Aggregation.aggregate(MESSAGE, 3, jobs, NONE, random))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(foreign.group().toString());
  }

  @Test
  void refusesAnIndexThatNoOperatorHas() {
    Validator validator = new Validator(3, 4);
    validator.partials.put(5, Bytes.EMPTY);
    assertThatThrownBy(validator::job).isInstanceOf(IllegalArgumentException.class);
  }

  /** Up to f of n operators send whatever they like for whichever validator. */
  @Test
  void anyFaultyMinorityIsNamedAndCannotStopTheOthers() {
    for (int round = 0; round < 10; round++) {
      int faulty = 1 + random.nextInt(4);
      int n = 3 * faulty + 1;
      int threshold = 2 * faulty + 1;
      List<Validator> validators = validators(6, threshold, n);
      List<Integer> everyone = new ArrayList<>();
      for (int index = 1; index <= n; index++) {
        everyone.add(index);
      }
      Collections.shuffle(everyone, random);
      TreeSet<Integer> culprits = new TreeSet<>(everyone.subList(0, faulty));
      for (Validator validator : validators) {
        for (int culprit : culprits) {
          misbehave(validator, culprit);
        }
      }
      Aggregation.Result result = aggregate(validators, threshold, NONE);
      for (int i = 0; i < validators.size(); i++) {
        Validator validator = validators.get(i);
        assertThat(result.outcomes().get(i)).isInstanceOf(Aggregation.Aggregated.class);
        Aggregation.Aggregated aggregated = (Aggregation.Aggregated) result.outcomes().get(i);
        assertThat(aggregated.signature()).isEqualTo(validator.whole);
        assertThat(Bls.verify(validator.key.group(), MESSAGE, aggregated.signature())).isTrue();
        assertThat(culprits).containsAll(aggregated.culprits());
        assertThat(aggregated.used()).hasSize(threshold).doesNotContainAnyElementsOf(culprits);
      }
    }
  }

  private void misbehave(Validator validator, int index) {
    switch (random.nextInt(6)) {
      case 0 -> validator.spoil(index);
      case 1 -> validator.replace(index, StrangePoints.infinity());
      case 2 -> validator.replace(index, StrangePoints.outsideG2(random));
      case 3 ->
          validator.replace(
              index, G2.sum(List.of(validator.partial(index), StrangePoints.outsideG2(random))));
      case 4 -> validator.replace(index, validator.partial(index % validator.shares.size() + 1));
      default -> {
        byte[] noise = new byte[random.nextInt(300)];
        random.nextBytes(noise);
        validator.partials.put(index, Bytes.wrap(noise));
      }
    }
  }
}
