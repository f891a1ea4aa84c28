/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.GuardVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.ethereum.slashing.AttestationWatermark;
import dev.quorate.ethereum.slashing.BlockWatermark;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.SigningRule;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.persistence.Seeds;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.guard.GuardTransaction.Ask;
import dev.quorate.persistence.quarantine.QuarantineRow;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SigningGuardTest {
  private static final GuardVerdict GRANTED = new GuardVerdict.Granted();
  private static final GuardVerdict SLASHABLE = new GuardVerdict.Refused(Reason.SLASHABLE);
  private static final GuardVerdict QUARANTINED = new GuardVerdict.Refused(Reason.QUARANTINED);
  private static final GuardVerdict SHARE_DELETED = new GuardVerdict.Refused(Reason.SHARE_DELETED);
  private static final GuardVerdict BEYOND_CLOCK = new GuardVerdict.Refused(Reason.BEYOND_CLOCK);
  private static final Bytes KEY = key(1);
  private static final Bytes32 A = Bytes32.fromHex("aa".repeat(32));
  private static final Bytes32 B = Bytes32.fromHex("bb".repeat(32));

  private static final SigningGuard.Clock EPOCH_1000 = at(1_000);

  private static SigningGuard.Clock at(long epoch) {
    return new SigningGuard.Clock() {
      @Override
      public long currentEpoch() {
        return epoch;
      }

      @Override
      public long currentSlot() {
        return 32 * epoch;
      }
    };
  }

  @ParameterizedTest
  @EnumSource
  void grantsWhatRisesAndRepeatsWhatItGranted(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      assertThat(attest(guard, KEY, 0, 0, A)).isEqualTo(GRANTED);
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(GRANTED);
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(GRANTED);
      assertThat(attest(guard, KEY, 3, 6, B)).isEqualTo(GRANTED);
      assertThat(attest(guard, key(2), 1, 2, A)).isEqualTo(GRANTED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesDoubleAndSurroundVotes(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(GRANTED);
      assertThat(attest(guard, KEY, 3, 5, B)).isEqualTo(SLASHABLE);
      assertThat(attest(guard, KEY, 3, 4, A)).isEqualTo(SLASHABLE);
      assertThat(attest(guard, KEY, 2, 6, A)).isEqualTo(SLASHABLE);
      assertThat(attest(guard, KEY, 7, 6, A)).isEqualTo(SLASHABLE);
      assertThat(attest(guard, KEY, 5, 6, A)).isEqualTo(GRANTED);
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(SLASHABLE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesWhatIsBeyondItsClock(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      assertThat(attest(guard, KEY, 5, 1_002, A)).isEqualTo(BEYOND_CLOCK);
      assertThat(attest(guard, KEY, 5, Long.MAX_VALUE, A)).isEqualTo(BEYOND_CLOCK);
      // 2^64 - 1, FAR_FUTURE_EPOCH, reads as -1.
      assertThat(attest(guard, KEY, 5, -1, A)).isEqualTo(BEYOND_CLOCK);
      assertThat(attest(guard, KEY, -1, 5, A)).isEqualTo(BEYOND_CLOCK);
      assertThat(guard.watermarks()).isEmpty();
      assertThat(attest(guard, KEY, 1_000, 1_001, A)).isEqualTo(GRANTED);
      assertThat(await(guard.ask(block(KEY, 32_002, A)))).isEqualTo(BEYOND_CLOCK);
      assertThat(await(guard.ask(block(KEY, 32_001, A)))).isEqualTo(GRANTED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void remembersAfterARestart(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    try (OperatorDatabase database = TestDatabase.open(settings);
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(GRANTED);
    }
    try (OperatorDatabase database = TestDatabase.open(settings);
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      assertThat(attest(guard, KEY, 3, 5, B)).isEqualTo(SLASHABLE);
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(GRANTED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesAFencedShareWhateverItSignsUntilTheFenceIsLowered(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    try (OperatorDatabase database = TestDatabase.open(settings);
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(GRANTED);
      assertThat(ShareFence.raise(database, List.of(KEY, key(3)))).containsOnly(KEY, key(3));
      assertThat(ShareFence.raise(database, List.of(KEY))).isEmpty();

      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(SHARE_DELETED);
      assertThat(await(guard.ask(other(KEY, 7, A)))).isEqualTo(SHARE_DELETED);
      assertThat(attest(guard, key(2), 3, 5, A)).isEqualTo(GRANTED);
    }
    try (OperatorDatabase database = TestDatabase.open(settings);
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      assertThat(attest(guard, KEY, 5, 6, A)).isEqualTo(SHARE_DELETED);

      ShareFence.lower(database, List.of(KEY));

      assertThat(ShareFence.of(database)).containsOnly(key(3));
      assertThat(attest(guard, KEY, 5, 6, A)).isEqualTo(GRANTED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoRaisesTheFenceSeesEverythingThatWasGrantedBefore(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      List<CompletionStage<GuardVerdict>> asked = new ArrayList<>();
      for (long target = 1; target <= 500; target++) {
        asked.add(guard.ask(KEY, DutyId.attester(32 * target, 0), new Signable(A, 0, target)));
      }
      assertThat(await(asked.getFirst())).isEqualTo(GRANTED);

      ShareFence.raise(database, List.of(KEY));
      long held = guard.watermarks(KEY).attestation().target();

      for (long target = 1; target <= 500; target++) {
        assertThat(await(asked.get((int) target - 1)))
            .isEqualTo(target <= held ? GRANTED : SHARE_DELETED);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsOneRootForDutiesThatEthereumHasNoRuleFor(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      assertThat(await(guard.ask(other(KEY, 7, A)))).isEqualTo(GRANTED);
      assertThat(await(guard.ask(other(KEY, 7, A)))).isEqualTo(GRANTED);
      assertThat(await(guard.ask(other(KEY, 7, B)))).isEqualTo(SLASHABLE);
      assertThat(await(guard.ask(other(KEY, 6, B)))).isEqualTo(GRANTED);
      assertThat(await(guard.ask(other(key(2), 7, B)))).isEqualTo(GRANTED);
      assertThat(guard.watermarks()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void grantsNothingInQuarantineAndWhileItIsSealed(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      guard.seal();
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(QUARANTINED);
      guard.unseal();
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(GRANTED);
      QuarantineRow.enter(database, new Quarantine(200, 6, 5));
      assertThat(attest(guard, KEY, 3, 5, A)).as("granted before").isEqualTo(QUARANTINED);
      assertThat(attest(guard, KEY, 5, 6, A)).isEqualTo(QUARANTINED);
      assertThat(attest(guard, KEY, 4, 7, A)).isEqualTo(QUARANTINED);
      assertThat(attest(guard, KEY, 5, 7, A)).isEqualTo(GRANTED);
      assertThat(await(guard.ask(block(KEY, 200, A)))).isEqualTo(QUARANTINED);
      assertThat(await(guard.ask(block(KEY, 201, A)))).isEqualTo(GRANTED);
      assertThat(await(guard.ask(other(KEY, 200, A)))).isEqualTo(QUARANTINED);
      assertThat(await(guard.ask(other(KEY, 201, A)))).isEqualTo(GRANTED);
      assertThat(attest(guard, key(2), 4, 8, A)).isEqualTo(QUARANTINED);
      // The operator answers for it.
      QuarantineRow.allowSource(database, 2);
      assertThat(attest(guard, key(2), 4, 8, A)).isEqualTo(GRANTED);
      assertThat(attest(guard, KEY, 4, 8, A)).as("it signed from 5").isEqualTo(SLASHABLE);
    }
  }

  /** Verdicts and rows, through imports and whatever the clock does. */
  @ParameterizedTest
  @EnumSource
  void decidesAsThePureRuleDoesOneByOneAndInGroups(TestDatabase kind) {
    Random random = Seeds.random("decidesAsThePureRuleDoesOneByOneAndInGroups");
    SettableClock clock = new SettableClock();
    SortedMap<Bytes, Watermarks> held = new TreeMap<>();
    Map<GuardVerdict, Integer> counts = new HashMap<>();
    long earliest = 80;
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, clock)) {
      for (int round = 0; round < 150; round++) {
        clock.slot = earliest + random.nextInt(64);
        earliest += 3;
        if (random.nextInt(10) == 0) {
          SortedMap<Bytes, Watermarks> imported = imports(random, clock);
          guard.raise(imported);
          imported.forEach((key, other) ->
              held.put(key, held.getOrDefault(key, Watermarks.NONE).raisedTo(other)));
        }
        List<CompletionStage<GuardVerdict>> verdicts = new ArrayList<>();
        List<GuardVerdict> expected = new ArrayList<>();
        int group = 1 + random.nextInt(20);
        for (int i = 0; i < group; i++) {
          Ask ask = ask(random, clock);
          verdicts.add(guard.ask(ask));
          GuardVerdict verdict = byTheRule(ask, clock, held);
          counts.merge(verdict, 1, Integer::sum);
          expected.add(verdict);
        }
        assertThat(verdicts.stream().map(SigningGuardTest::await)).isEqualTo(expected);
        assertThat(guard.watermarks()).isEqualTo(held);
      }
    }
    assertThat(counts.get(GRANTED)).isGreaterThan(100);
    assertThat(counts.get(SLASHABLE)).isGreaterThan(100);
    assertThat(counts.get(BEYOND_CLOCK)).isGreaterThan(10);
  }

  private static final class SettableClock implements SigningGuard.Clock {
    private long slot;

    @Override
    public long currentEpoch() {
      return slot / 32;
    }

    @Override
    public long currentSlot() {
      return slot;
    }
  }

  private static GuardVerdict byTheRule(
      Ask ask, SigningGuard.Clock clock, SortedMap<Bytes, Watermarks> held) {
    return switch (SigningRule.decide(
        ask.kind().orElseThrow(),
        ask.signable(),
        held.getOrDefault(ask.groupKey(), Watermarks.NONE),
        clock.currentEpoch(),
        clock.currentSlot())) {
      case SigningRule.Decision.Granted(Watermarks next) -> {
        held.put(ask.groupKey(), next);
        yield GRANTED;
      }
      case SigningRule.Decision.Refused(Reason reason) -> new GuardVerdict.Refused(reason);
    };
  }

  /** Near what was signed and near the clock, now and then beyond either. */
  private static Ask ask(Random random, SigningGuard.Clock clock) {
    Bytes key = key(random.nextInt(3));
    if (random.nextInt(4) == 0) {
      long slot = clock.currentSlot() + random.nextInt(-8, 3);
      return block(key, slot, root(random.nextBoolean(), 0, slot));
    }
    // Both may be -1, what 2^64 - 1 reads as, and the target below the source.
    long source = Math.max(-1, clock.currentEpoch() - random.nextInt(6));
    long target = Math.max(-1, source + random.nextInt(-1, 6));
    return new Ask(
        key,
        duty(target),
        new Signable(root(random.nextBoolean(), source, target), source, target));
  }

  private static SortedMap<Bytes, Watermarks> imports(Random random, SigningGuard.Clock clock) {
    SortedMap<Bytes, Watermarks> imports = new TreeMap<>();
    for (int i = 1 + random.nextInt(2); i > 0; i--) {
      long source = Math.max(0, clock.currentEpoch() - random.nextInt(6));
      imports.put(
          key(random.nextInt(4)),
          switch (random.nextInt(3)) {
            case 0 -> raised(source, source + random.nextInt(4));
            case 1 -> raised(clock.currentSlot() + random.nextInt(-8, 3));
            default ->
                new Watermarks(
                    raised(source, source + random.nextInt(4)).attestation(),
                    raised(clock.currentSlot() + random.nextInt(-8, 3)).block());
          });
    }
    return imports;
  }

  /** As two pods: processes that know nothing of each other but share the tables. */
  @ParameterizedTest
  @EnumSource
  void neverGrantsASlashablePairToTwoPods(TestDatabase kind) throws Exception {
    Random random = Seeds.random("neverGrantsASlashablePairToTwoPods");
    DatabaseSettings settings = kind.fresh();
    record Granted(Bytes key, Signable signable) {}
    List<Granted> granted = new ArrayList<>();
    try (OperatorDatabase one = TestDatabase.open(settings);
        OperatorDatabase two = TestDatabase.open(settings);
        SigningGuard first = new SigningGuard(one, EPOCH_1000);
        SigningGuard second = new SigningGuard(two, EPOCH_1000)) {
      Map<Granted, List<CompletionStage<GuardVerdict>>> asked = new HashMap<>();
      List<Thread> pods = new ArrayList<>();
      for (SigningGuard guard : List.of(first, second)) {
        Random own = new Random(random.nextLong());
        pods.add(
            Thread.ofPlatform()
                .start(() -> {
                  for (int i = 0; i < 4_000; i++) {
                    Bytes key = key(own.nextInt(20));
                    long source = own.nextLong(i / 200, i / 200 + 3);
                    long target = source + own.nextInt(6);
                    Signable signable =
                        new Signable(root(own.nextBoolean(), source, target), source, target);
                    CompletionStage<GuardVerdict> verdict = guard.ask(key, duty(target), signable);
                    synchronized (asked) {
                      asked
                          .computeIfAbsent(new Granted(key, signable), _ -> new ArrayList<>())
                          .add(verdict);
                    }
                    if (i % 50 == 0) {
                      await(verdict);
                    }
                  }
                }));
      }
      for (Thread pod : pods) {
        pod.join();
      }
      asked.forEach((ask, verdicts) -> {
        if (verdicts.stream().map(SigningGuardTest::await).anyMatch(GRANTED::equals)) {
          granted.add(ask);
        }
      });
    }
    assertThat(granted).hasSizeGreaterThan(100);
    for (Granted x : granted) {
      for (Granted y : granted) {
        if (x.key().equals(y.key())) {
          assertThat(isSlashable(x.signable(), y.signable())).as(x + " and " + y).isFalse();
        }
      }
    }
  }

  /** New keys on both sides at once: nobody fails, and one root wins per key. */
  @ParameterizedTest
  @EnumSource
  void insertsTheFirstRowOfAKeyOnceAmongTwoPods(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    try (OperatorDatabase one = TestDatabase.open(settings);
        OperatorDatabase two = TestDatabase.open(settings);
        SigningGuard first = new SigningGuard(one, EPOCH_1000);
        SigningGuard second = new SigningGuard(two, EPOCH_1000)) {
      List<CompletionStage<GuardVerdict>> ofFirst = new ArrayList<>();
      List<CompletionStage<GuardVerdict>> ofSecond = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        ofFirst.add(first.ask(key(i), duty(5), new Signable(A, 3, 5)));
        ofSecond.add(second.ask(key(499 - i), duty(5), new Signable(B, 3, 5)));
      }
      for (int i = 0; i < 500; i++) {
        assertThat(List.of(await(ofFirst.get(i)), await(ofSecond.get(499 - i))))
            .containsExactlyInAnyOrder(GRANTED, SLASHABLE);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void raisesButNeverLowersAnImportedWatermark(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      guard.raise(
          new TreeMap<>(
              Map.of(
                  KEY,
                  new Watermarks(
                      new AttestationWatermark(10, 20, Optional.empty()),
                      new BlockWatermark(640, Optional.empty())))));
      guard.raise(imported(KEY, 5, 30));
      guard.raise(imported(KEY, 12, 15));
      assertThat(guard.watermarks())
          .containsExactly(
              Map.entry(
                  KEY,
                  new Watermarks(
                      new AttestationWatermark(12, 30, Optional.empty()),
                      new BlockWatermark(640, Optional.empty()))));
      assertThat(attest(guard, KEY, 12, 30, A)).isEqualTo(SLASHABLE);
      assertThat(attest(guard, KEY, 11, 31, A)).isEqualTo(SLASHABLE);
      assertThat(await(guard.ask(block(KEY, 640, A)))).isEqualTo(SLASHABLE);
      assertThat(await(guard.ask(block(KEY, 641, A)))).isEqualTo(GRANTED);
      assertThat(attest(guard, KEY, 12, 31, A)).isEqualTo(GRANTED);
      // What is clearly below leaves what was granted, anything else forgets its root.
      assertThat(guard.raise(imported(KEY, 12, 30))).isEmpty();
      assertThat(attest(guard, KEY, 12, 31, A)).isEqualTo(GRANTED);
      assertThat(guard.raise(imported(KEY, 13, 14))).containsExactly(KEY);
      assertThat(attest(guard, KEY, 12, 31, A)).isEqualTo(SLASHABLE);
      assertThat(attest(guard, KEY, 13, 32, A)).isEqualTo(GRANTED);
      assertThat(guard.raise(imported(KEY, 13, 32))).containsExactly(KEY);
      assertThat(guard.raise(imported(KEY, 13, 32))).isEmpty();
      assertThat(attest(guard, KEY, 13, 32, A)).isEqualTo(SLASHABLE);
      guard.raise(new TreeMap<>(Map.of(key(2), Watermarks.NONE)));
      assertThat(guard.watermarks()).containsOnlyKeys(KEY);
    }
  }

  /** An import beside two pods that sign: each of both is as if the other had come before it. */
  @ParameterizedTest
  @EnumSource
  void raisesBesideGuardsThatSign(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    int keys = 300;
    try (OperatorDatabase one = TestDatabase.open(settings);
        OperatorDatabase two = TestDatabase.open(settings);
        SigningGuard importing = new SigningGuard(one, EPOCH_1000);
        SigningGuard signing = new SigningGuard(two, EPOCH_1000)) {
      for (long epoch = 1; epoch <= 20; epoch++) {
        List<CompletionStage<GuardVerdict>> verdicts = new ArrayList<>();
        SortedMap<Bytes, Watermarks> imported = new TreeMap<>();
        for (int i = 0; i < keys; i++) {
          imported.put(key(i), raised(epoch - 1, epoch));
          verdicts.add(signing.ask(key(i), duty(epoch), new Signable(A, epoch - 1, epoch)));
        }
        importing.raise(imported);
        assertThat(verdicts.stream().map(SigningGuardTest::await)).isSubsetOf(GRANTED, SLASHABLE);
        List<CompletionStage<GuardVerdict>> again = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
          again.add(signing.ask(key(i), duty(epoch), new Signable(A, epoch - 1, epoch)));
        }
        assertThat(again.stream().map(SigningGuardTest::await)).containsOnly(SLASHABLE);
        assertThat(signing.watermarks()).isEqualTo(imported);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void recordsEveryGrantOnceAndForcesOncePerGroup(TestDatabase kind) throws Exception {
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      long before = database.commits();
      List<CompletionStage<GuardVerdict>> verdicts =
          Stream.iterate(0, i -> i + 1)
              .limit(2_000)
              .map(i -> guard.ask(key(i), duty(5), new Signable(A, 3, 5)))
              .toList();
      assertThat(verdicts.stream().map(SigningGuardTest::await)).containsOnly(GRANTED);
      assertThat(attest(guard, KEY, 3, 5, A)).isEqualTo(GRANTED);
      assertThat(attest(guard, KEY, 3, 5, B)).isEqualTo(SLASHABLE);
      assertThat(database.commits() - before).isLessThan(200);
      assertThat(recorded(database)).isEqualTo(2_000);
    }
  }

  private static long recorded(OperatorDatabase database) throws SQLException {
    try (Connection connection = database.dataSource().getConnection();
        PreparedStatement count =
            connection.prepareStatement("SELECT COUNT(*) FROM signing_history");
        ResultSet rows = count.executeQuery()) {
      rows.next();
      return rows.getLong(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void forgetsGrantsOfLongAgoAndRefusesThemAllTheSame(TestDatabase kind) throws Exception {
    long late = GuardTransaction.EPOCHS_KEPT + GuardTransaction.TARGETS_AT_A_TIME;
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, at(late))) {
      long kept = late - GuardTransaction.EPOCHS_KEPT;
      for (long target : List.of(1L, kept - 1, kept, late - 1)) {
        assertThat(attest(guard, KEY, 0, target, A)).isEqualTo(GRANTED);
      }
      assertThat(attest(guard, key(2), 0, 1, A)).isEqualTo(GRANTED);
      assertThat(recorded(database)).isEqualTo(5);

      assertThat(attest(guard, KEY, 0, late, A)).isEqualTo(GRANTED);

      assertThat(recorded(database)).as("without the first two of its key").isEqualTo(4);
      assertThat(attest(guard, KEY, 0, 1, A)).isEqualTo(SLASHABLE);
      assertThat(attest(guard, KEY, 0, kept - 1, B)).isEqualTo(SLASHABLE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoWasAwayForLongForgetsInSteps(TestDatabase kind) throws Exception {
    long step = GuardTransaction.EPOCHS_DELETED_MAX;
    long late = 10 * GuardTransaction.EPOCHS_KEPT;
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard =
            new SigningGuard(database, at(late + GuardTransaction.TARGETS_AT_A_TIME))) {
      for (long target : List.of(1L, step, step + 1, 2 * step)) {
        assertThat(attest(guard, KEY, 0, target, A)).isEqualTo(GRANTED);
      }
      assertThat(attest(guard, KEY, 0, late, A)).isEqualTo(GRANTED);
      assertThat(recorded(database)).isEqualTo(3);
      assertThat(attest(guard, KEY, 0, late + GuardTransaction.TARGETS_AT_A_TIME, A))
          .isEqualTo(GRANTED);
      assertThat(recorded(database)).isEqualTo(2);
    }
  }

  /**
   * A selection proof in each of thousands of epochs leaves no more than a day's of them behind.
   */
  @ParameterizedTest
  @EnumSource
  void remembersDutiesThatEthereumHasNoRuleForADay(TestDatabase kind) throws Exception {
    long late = 2 * GuardTransaction.SLOTS_KEPT;
    try (OperatorDatabase database = kind.openFresh();
        SigningGuard guard = new SigningGuard(database, at(late))) {
      long kept = late - GuardTransaction.SLOTS_KEPT;
      for (long slot : List.of(1L, 33L, kept - 1, kept, late - 1)) {
        assertThat(await(guard.ask(other(KEY, slot, A)))).isEqualTo(GRANTED);
      }
      assertThat(await(guard.ask(other(key(2), 1, A)))).isEqualTo(GRANTED);
      assertThat(await(guard.ask(other(KEY, late, A)))).isEqualTo(GRANTED);

      assertThat(recorded(database)).as("without the first three of its key").isEqualTo(4);
      assertThat(await(guard.ask(other(KEY, kept, B)))).isEqualTo(SLASHABLE);
    }
  }

  @Test
  void refusesAtOnceWhatItsQueueHasNoRoomFor() throws Exception {
    try (OperatorDatabase database = TestDatabase.H2.openFresh();
        SigningGuard guard = new SigningGuard(database, EPOCH_1000)) {
      List<CompletionStage<GuardVerdict>> verdicts = new ArrayList<>();
      try (Connection holder = database.dataSource().getConnection();
          Statement statement = holder.createStatement()) {
        holder.setAutoCommit(false);
        statement.execute(
            "INSERT INTO signing_watermark (genesis_root, group_key, kind, source, target)"
                + " VALUES (X'"
                + "22".repeat(32)
                + "', X'"
                + KEY.hex()
                + "', 1, 1, 1)");
        while (guard.overflows() == 0) {
          verdicts.add(guard.ask(KEY, duty(5), new Signable(A, 3, 5)));
        }
        assertThat(verdicts).hasSizeGreaterThan(SigningGuard.QUEUE_MAX);
        assertThat(await(verdicts.removeLast()))
            .isEqualTo(new GuardVerdict.Refused(Reason.INTERNAL_FAILURE));
        holder.rollback();
      }
      assertThat(verdicts.stream().map(SigningGuardTest::await)).containsOnly(GRANTED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void failsTheStageIfTheDatabaseIsGoneAndRefusesWhenClosed(TestDatabase kind) {
    OperatorDatabase database = kind.openFresh();
    SigningGuard guard = new SigningGuard(database, EPOCH_1000);
    database.close();
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> attest(guard, KEY, 3, 5, A))
        .withCauseInstanceOf(DatabaseFailedException.class);
    guard.close();
    assertThat(attest(guard, KEY, 3, 5, A))
        .isEqualTo(new GuardVerdict.Refused(Reason.INTERNAL_FAILURE));
    assertThat(guard.overflows()).isEqualTo(1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> attest(guard, Bytes.wrap(new byte[47]), 3, 5, A));
  }

  /** The consensus specification's is_slashable_attestation_data, both ways. */
  private static boolean isSlashable(Signable x, Signable y) {
    return (x.target() == y.target() && !x.root().equals(y.root()))
        || (x.source() < y.source() && y.target() < x.target())
        || (y.source() < x.source() && x.target() < y.target());
  }

  private static SortedMap<Bytes, Watermarks> imported(Bytes key, long source, long target) {
    return new TreeMap<>(Map.of(key, raised(source, target)));
  }

  private static Watermarks raised(long source, long target) {
    return new Watermarks(
        new AttestationWatermark(source, target, Optional.empty()), BlockWatermark.NONE);
  }

  private static Watermarks raised(long slot) {
    return new Watermarks(AttestationWatermark.NONE, new BlockWatermark(slot, Optional.empty()));
  }

  private static Bytes key(int index) {
    byte[] key = new byte[48];
    key[46] = (byte) (index >>> 8);
    key[47] = (byte) index;
    return Bytes.wrap(key);
  }

  /** A root stands for all that is signed, its source and target among it. */
  private static Bytes32 root(boolean head, long source, long target) {
    return Bytes32.sha256((head + "/" + source + "/" + target).getBytes(StandardCharsets.UTF_8));
  }

  private static DutyId duty(long epoch) {
    return DutyId.attester(epoch * 32 & Long.MAX_VALUE, 1);
  }

  private static Ask block(Bytes key, long slot, Bytes32 root) {
    return new Ask(key, new DutyId(DutyType.PROPOSER, slot, 1, 0), new Signable(root, 0, slot));
  }

  private static Ask other(Bytes key, long slot, Bytes32 root) {
    return new Ask(key, new DutyId(DutyType.RANDAO, slot, 1, 0), new Signable(root, 0, slot));
  }

  private static GuardVerdict attest(
      SigningGuard guard, Bytes key, long source, long target, Bytes32 root) {
    return await(guard.ask(key, duty(target), new Signable(root, source, target)));
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }
}
