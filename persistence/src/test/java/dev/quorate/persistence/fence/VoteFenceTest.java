/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.fence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.FenceRule;
import dev.quorate.consensus.duty.FenceVerdict;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.persistence.Seeds;
import dev.quorate.persistence.TestDatabase;
import dev.quorate.persistence.quarantine.QuarantineRow;
import dev.quorate.persistence.store.DatabaseFailedException;
import dev.quorate.persistence.store.DatabaseSettings;
import dev.quorate.persistence.store.OperatorDatabase;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class VoteFenceTest {
  private static final FenceVerdict OWNED = new FenceVerdict.Owned();
  private static final FenceVerdict FENCED = new FenceVerdict.Foreign(Reason.FENCED);
  private static final FenceVerdict TOO_LATE = new FenceVerdict.Foreign(Reason.TOO_LATE);

  private final Activation mine = Activation.random();
  private final Activation theirs = Activation.random();

  @ParameterizedTest
  @EnumSource
  void givesADutyToOneActivationAlsoAfterARestart(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    try (OperatorDatabase database = TestDatabase.open(settings);
        VoteFence fence = new VoteFence(database)) {
      assertThat(claim(fence, 1, 10, mine)).isEqualTo(OWNED);
      assertThat(claim(fence, 1, 10, mine)).isEqualTo(OWNED);
      assertThat(claim(fence, 1, 10, theirs)).isEqualTo(FENCED);
      assertThat(claim(fence, 2, 10, theirs)).isEqualTo(OWNED);
      assertThat(claim(fence, 1, 11, theirs)).isEqualTo(OWNED);
    }
    try (OperatorDatabase database = TestDatabase.open(settings);
        VoteFence fence = new VoteFence(database)) {
      assertThat(claim(fence, 1, 10, theirs)).isEqualTo(FENCED);
      assertThat(claim(fence, 1, 10, mine)).isEqualTo(OWNED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void givesNothingAtOrBelowAFloorThatOnlyRises(TestDatabase kind) {
    DatabaseSettings settings = kind.fresh();
    try (OperatorDatabase database = TestDatabase.open(settings);
        VoteFence fence = new VoteFence(database)) {
      assertThat(claim(fence, 1, 0, mine)).isEqualTo(OWNED);
      assertThat(claim(fence, 1, 9, mine)).isEqualTo(OWNED);
      assertThat(claim(fence, 1, 10, mine)).isEqualTo(OWNED);
      fence.prune(10);
      fence.prune(5);
      assertThat(claim(fence, 1, 9, mine)).isEqualTo(TOO_LATE);
      assertThat(claim(fence, 1, 4, theirs)).isEqualTo(TOO_LATE);
      assertThat(claim(fence, 1, 10, theirs)).isEqualTo(FENCED);
    }
    try (OperatorDatabase database = TestDatabase.open(settings);
        VoteFence fence = new VoteFence(database)) {
      assertThat(claim(fence, 1, 9, theirs)).isEqualTo(TOO_LATE);
    }
  }

  @ParameterizedTest
  @EnumSource
  void letsNobodyVoteInQuarantineAndWhileItIsSealed(TestDatabase kind) {
    FenceVerdict quarantined = new FenceVerdict.Foreign(Reason.QUARANTINED);
    try (OperatorDatabase database = kind.openFresh();
        VoteFence fence = new VoteFence(database)) {
      fence.seal();
      assertThat(claim(fence, 1, 10, mine)).isEqualTo(quarantined);
      fence.unseal();
      assertThat(claim(fence, 1, 10, mine)).isEqualTo(OWNED);
      QuarantineRow.enter(database, new Quarantine(11, 0, 0));
      assertThat(claim(fence, 1, 10, mine)).isEqualTo(quarantined);
      assertThat(claim(fence, 1, 11, mine)).isEqualTo(quarantined);
      assertThat(claim(fence, 1, 12, mine)).isEqualTo(OWNED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void forcesOncePerGroup(TestDatabase kind) {
    try (OperatorDatabase database = kind.openFresh();
        VoteFence fence = new VoteFence(database)) {
      long before = database.commits();
      List<CompletionStage<FenceVerdict>> verdicts =
          IntStream.range(0, 3_000)
              .mapToObj(i -> fence.claim(key(i), DutyId.attester(7, i), mine))
              .toList();
      assertThat(verdicts.stream().map(VoteFenceTest::await)).containsOnly(OWNED);
      assertThat(database.commits() - before).isLessThan(300);
      database
          .forces()
          .ifPresent(forces -> assertThat(forces).isGreaterThanOrEqualTo(database.commits()));
    }
  }

  /** Verdicts and rows, one by one and in groups, through prunings. */
  @ParameterizedTest
  @EnumSource
  void decidesAsThePureRuleDoesAndKeepsItsOwners(TestDatabase kind) throws Exception {
    Random random = Seeds.random("decidesAsThePureRuleDoesAndKeepsItsOwners");
    List<Activation> lives =
        Stream.generate(() -> new Activation(Seeds.bytes(random, 16))).limit(3).toList();
    Map<Claimed, Bytes> owners = new HashMap<>();
    Map<FenceVerdict, Integer> counts = new HashMap<>();
    long floor = -1;
    try (OperatorDatabase database = kind.openFresh();
        VoteFence fence = new VoteFence(database)) {
      for (int round = 0; round < 150; round++) {
        if (random.nextInt(5) == 0) {
          long below = random.nextLong(round / 10 - 4, round / 10 + 4);
          fence.prune(below);
          long raised = Math.max(floor, below - 1);
          owners.keySet().removeIf(claimed -> claimed.slot() <= raised);
          floor = raised;
        }
        List<CompletionStage<FenceVerdict>> verdicts = new ArrayList<>();
        List<FenceVerdict> expected = new ArrayList<>();
        int group = 1 + random.nextInt(20);
        for (int i = 0; i < group; i++) {
          Claimed claimed =
              new Claimed(random.nextInt(4), random.nextLong(round / 10, round / 10 + 4));
          Activation life = lives.get(random.nextInt(lives.size()));
          verdicts.add(
              fence.claim(
                  key(claimed.validator()),
                  DutyId.attester(claimed.slot(), claimed.validator()),
                  life));
          FenceVerdict verdict =
              FenceRule.judge(
                  claimed.slot(), floor, Optional.ofNullable(owners.get(claimed)), life.id());
          if (verdict.equals(OWNED)) {
            owners.put(claimed, life.id());
          }
          counts.merge(verdict, 1, Integer::sum);
          expected.add(verdict);
        }
        assertThat(verdicts.stream().map(VoteFenceTest::await)).isEqualTo(expected);
        assertThat(rows(database)).isEqualTo(owners);
      }
    }
    assertThat(counts.get(OWNED)).isGreaterThan(50);
    assertThat(counts.get(FENCED)).isGreaterThan(50);
    assertThat(counts.get(TOO_LATE)).isGreaterThan(50);
  }

  private record Claimed(int validator, long slot) {}

  private static Map<Claimed, Bytes> rows(OperatorDatabase database) throws Exception {
    Map<Claimed, Bytes> rows = new HashMap<>();
    try (Connection connection = database.dataSource().getConnection();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT validator_key, slot, activation FROM vote_fence")) {
      while (row.next()) {
        byte[] key = row.getBytes(1);
        rows.put(new Claimed(key[47], row.getLong(2)), Bytes.wrap(row.getBytes(3)));
      }
    }
    return rows;
  }

  /** As two pods that also prune: whatever is pruned, a duty never has two owners. */
  @ParameterizedTest
  @EnumSource
  void neverGivesADutyToTwoActivationsOfTwoPods(TestDatabase kind) throws Exception {
    Random random = Seeds.random("neverGivesADutyToTwoActivationsOfTwoPods");
    DatabaseSettings settings = kind.fresh();
    Map<Claimed, Activation> owners = new HashMap<>();
    List<Claimed> doubles = new ArrayList<>();
    try (OperatorDatabase one = TestDatabase.open(settings);
        OperatorDatabase two = TestDatabase.open(settings);
        VoteFence first = new VoteFence(one);
        VoteFence second = new VoteFence(two)) {
      List<Thread> pods = new ArrayList<>();
      for (VoteFence fence : List.of(first, second)) {
        Random own = new Random(random.nextLong());
        pods.add(
            Thread.ofPlatform()
                .start(() -> {
                  Activation self = fence == first ? mine : theirs;
                  List<CompletionStage<?>> open = new ArrayList<>();
                  for (int i = 0; i < 3_000; i++) {
                    Claimed claimed =
                        new Claimed(own.nextInt(10), own.nextLong(i / 100, i / 100 + 3));
                    open.add(
                        fence
                            .claim(
                                key(claimed.validator()),
                                DutyId.attester(claimed.slot(), claimed.validator()),
                                self)
                            .thenAccept(verdict -> {
                              if (verdict.equals(OWNED)) {
                                synchronized (owners) {
                                  Activation owner = owners.putIfAbsent(claimed, self);
                                  if (owner != null && !owner.equals(self)) {
                                    doubles.add(claimed);
                                  }
                                }
                              }
                            }));
                    if (i % 150 == 0) {
                      fence.prune(own.nextLong(i / 100, i / 100 + 3));
                    }
                  }
                  open.forEach(VoteFenceTest::await);
                }));
      }
      for (Thread pod : pods) {
        pod.join();
      }
    }
    assertThat(owners).hasSizeGreaterThan(20);
    assertThat(doubles).isEmpty();
  }

  @Test
  void disownsAtOnceWhatItsQueueHasNoRoomFor() throws Exception {
    try (OperatorDatabase database = TestDatabase.H2.openFresh();
        VoteFence fence = new VoteFence(database)) {
      List<CompletionStage<FenceVerdict>> verdicts = new ArrayList<>();
      try (Connection holder = database.dataSource().getConnection();
          Statement statement = holder.createStatement()) {
        holder.setAutoCommit(false);
        statement.execute("SELECT * FROM vote_fence_floor FOR UPDATE");
        while (fence.overflows() == 0) {
          verdicts.add(fence.claim(key(1), DutyId.attester(1, 1), mine));
        }
        assertThat(verdicts).hasSizeGreaterThan(VoteFence.QUEUE_MAX);
        assertThat(await(verdicts.removeLast()))
            .isEqualTo(new FenceVerdict.Foreign(Reason.INTERNAL_FAILURE));
        holder.rollback();
      }
      assertThat(verdicts.stream().map(VoteFenceTest::await)).containsOnly(OWNED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void failsTheStageIfTheDatabaseIsGoneAndDisownsWhenClosed(TestDatabase kind) {
    OperatorDatabase database = kind.openFresh();
    VoteFence fence = new VoteFence(database);
    database.close();
    assertThatExceptionOfType(CompletionException.class)
        .isThrownBy(() -> claim(fence, 1, 1, mine))
        .withCauseInstanceOf(DatabaseFailedException.class);
    assertThatExceptionOfType(DatabaseFailedException.class).isThrownBy(() -> fence.prune(1));
    fence.close();
    assertThat(claim(fence, 1, 1, mine))
        .isEqualTo(new FenceVerdict.Foreign(Reason.INTERNAL_FAILURE));
    assertThat(fence.overflows()).isEqualTo(1);
  }

  private static Bytes key(int validator) {
    byte[] key = new byte[48];
    key[46] = (byte) (validator >>> 8);
    key[47] = (byte) validator;
    return Bytes.wrap(key);
  }

  private static FenceVerdict claim(
      VoteFence fence, int validator, long slot, Activation activation) {
    return await(fence.claim(key(validator), DutyId.attester(slot, validator), activation));
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }
}
