/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quorate.persistence.TestDatabase;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class GroupCommitTest {
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CompletableFuture<Boolean> gate = new CompletableFuture<>();
  private final List<List<Integer>> groups = Collections.synchronizedList(new ArrayList<>());

  /** Negates; holds the first group until the gate opens. */
  private final GroupCommit.Work<Integer, Integer> negation =
      (_, numbers) -> {
        entered.countDown();
        gate.join();
        groups.add(numbers);
        return numbers.stream().map(number -> -number).toList();
      };

  @Test
  void putsIntoOneCommitWhatQueuedDuringTheLastAndRefusesWhatIsTooMuch() throws Exception {
    try (OperatorDatabase database = TestDatabase.H2.openFresh();
        GroupCommit<Integer, Integer> commits =
            new GroupCommit<>(MarkedWriter.VOTE_FENCE, database, 5, 3, negation)) {
      long before = database.commits();
      List<Optional<CompletionStage<Integer>>> replies = new ArrayList<>();
      replies.add(commits.submit(0));
      entered.await();
      for (int number = 1; number <= 7; number++) {
        replies.add(commits.submit(number));
      }
      gate.complete(true);
      assertThat(replies.stream().flatMap(Optional::stream).map(GroupCommitTest::await))
          .containsExactly(0, -1, -2, -3, -4, -5);
      assertThat(replies.subList(6, 8)).containsOnly(Optional.empty());
      assertThat(groups).containsExactly(List.of(0), List.of(1, 2, 3), List.of(4, 5));
      assertThat(database.commits() - before).isEqualTo(3);
    }
  }

  @Test
  void failsOnlyTheGroupThatFailed() throws Exception {
    try (OperatorDatabase database = TestDatabase.H2.openFresh();
        GroupCommit<Integer, Integer> commits =
            new GroupCommit<>(
                MarkedWriter.VOTE_FENCE,
                database,
                5,
                1,
                (_, numbers) -> {
                  switch (numbers.getFirst()) {
                    case 1 -> throw new SQLException("the disk is full");
                    case 2 -> throw new IllegalStateException("a bug");
                    case 3 -> throw new StackOverflowError();
                    default -> {}
                  }
                  return numbers;
                })) {
      for (int failing = 1; failing <= 3; failing++) {
        CompletionStage<Integer> failed = commits.submit(failing).orElseThrow();
        assertThatExceptionOfType(CompletionException.class)
            .isThrownBy(() -> await(failed))
            .withCauseInstanceOf(DatabaseFailedException.class);
        assertThat(await(commits.submit(7).orElseThrow())).isEqualTo(7);
      }
    }
  }

  @Test
  void decidesAgainAfterALostRaceButNotForever() {
    List<Integer> attempts = new ArrayList<>();
    try (OperatorDatabase database = TestDatabase.H2.openFresh();
        GroupCommit<Integer, Integer> commits =
            new GroupCommit<>(
                MarkedWriter.VOTE_FENCE,
                database,
                5,
                1,
                (_, numbers) -> {
                  attempts.add(numbers.getFirst());
                  if (attempts.size() < 3 || numbers.getFirst() == 9) {
                    throw new SQLException("somebody was first", "23505");
                  }
                  return numbers;
                })) {
      assertThat(await(commits.submit(8).orElseThrow())).isEqualTo(8);
      assertThat(attempts).containsExactly(8, 8, 8);
      CompletionStage<Integer> hopeless = commits.submit(9).orElseThrow();
      assertThatExceptionOfType(CompletionException.class).isThrownBy(() -> await(hopeless));
      assertThat(attempts).hasSize(8);
    }
  }

  @Test
  void answersWhatHasQueuedBeforeItCloses() throws Exception {
    try (OperatorDatabase database = TestDatabase.H2.openFresh()) {
      GroupCommit<Integer, Integer> commits =
          new GroupCommit<>(MarkedWriter.VOTE_FENCE, database, 5, 3, negation);
      CompletionStage<Integer> first = commits.submit(1).orElseThrow();
      entered.await();
      CompletionStage<Integer> second = commits.submit(2).orElseThrow();
      Thread closer = Thread.ofPlatform().start(commits::close);
      while (commits.submit(3).isPresent()) {
        Thread.onSpinWait();
      }
      gate.complete(true);
      closer.join();
      assertThat(await(first)).isEqualTo(-1);
      assertThat(await(second)).isEqualTo(-2);
    }
  }

  private static <T> T await(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }
}
