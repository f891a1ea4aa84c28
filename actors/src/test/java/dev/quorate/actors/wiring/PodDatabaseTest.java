/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.duty.Reason;
import dev.quorate.ethereum.slashing.Quarantine;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.persistence.store.RecordingFileSystem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Pods whose disk or database is not what it was. */
class PodDatabaseTest extends PodsFixture {
  PodDatabaseTest() throws Exception {}

  @Test
  void aPodWhoseWritesCannotBeForcedToDiskEndsByItself() throws IOException {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Pod pod = start(0, "pod-0", List.of(), RecordingFileSystem.database(disk));
    awaitAllReady();

    RecordingFileSystem.refuseForces(disk);

    assertThat(pod.operator().whenStopped())
        .succeedsWithin(PATIENCE)
        .isEqualTo("the database's file cannot be forced to disk");
  }

  @Test
  void anOperatorWhoseDatabaseIsOlderSignsNothingThatItMayHaveSigned() throws IOException {
    Path database = folder.resolve("operator-0.mv.db");
    Pod first = startPods(1).getFirst();
    await("it signs", () -> first.operator().granted() > 0);
    abandon(first);
    pods.remove(first);
    Path backup = Files.copy(database, folder.resolve("backup"));
    Pod second = startPods(1).getFirst();
    assertThat(second.operator().quarantine()).as("after a crash").isEmpty();
    await("it signs what the backup does not know", () -> second.operator().granted() > 0);
    abandon(second);
    pods.remove(second);
    Files.copy(backup, database, StandardCopyOption.REPLACE_EXISTING);

    Pod restored = start(0, "pod-0", List.of());

    long epoch = restored.operator().quarantine().orElseThrow().epoch();
    assertThat(epoch).isGreaterThanOrEqualTo(times.spec().epochOf(currentSlot() - 1));
    assertThat(restored.operator().isSealed()).as("it heard no other clock yet").isTrue();
    await("the others' clocks", () -> !restored.operator().isSealed());
    List<Watermarks> held = watermarks(restored);
    await("it attests again", () -> !watermarks(restored).equals(held));
    assertThat(times.spec().epochOf(currentSlot())).isGreaterThan(epoch);
    assertThat(restored.operator().refused()).containsKey(Reason.QUARANTINED);
    long after = currentSlot() + 2;
    awaitEndOf(after + 2);
    assertAllDone(after, after + 2);
    assertNothingContradicted();
  }

  private static List<Watermarks> watermarks(Pod pod) {
    return IntStream.range(0, VALIDATORS).mapToObj(pod.operator()::watermarks).toList();
  }

  /** A replica took over that lacks what one of the pods had acknowledged last. */
  @Test
  void aDatabaseThatForgetsWhatOnePodDidPutsAllOfThemIntoQuarantine() throws Exception {
    List<Pod> two = startPods(2);
    Pod forgotten = two.getFirst();
    Pod other = two.getLast();
    await("both sign", () -> two.stream().allMatch(pod -> pod.operator().granted() > 0));
    try (Connection connection = forgotten.database().dataSource().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(
          "UPDATE high_water SET commits = commits - 1 WHERE mark ="
              + " (SELECT MIN(mark) FROM high_water)");
    }

    await(
        "one of them notices",
        () -> two.stream().anyMatch(pod -> pod.operator().whenStopped().isDone()));

    Pod noticed =
        two.stream().filter(pod -> pod.operator().whenStopped().isDone()).findFirst().orElseThrow();
    Pod unaware = noticed.equals(forgotten) ? other : forgotten;
    assertThat(noticed.operator().whenStopped().join()).contains("lacks what was acknowledged");
    Quarantine entered = unaware.operator().quarantineNow().orElseThrow();
    assertThat(entered.epoch()).isGreaterThanOrEqualTo(times.spec().epochOf(currentSlot() - 1));
    await("the other one hears of it", () -> unaware.operator().isInQuarantine());
    assertNothingContradicted();
  }

  @Test
  void anOperatorThatLostEveryMarkCannotKnowWhatItSigned() throws IOException {
    Pod first = startPods(1).getFirst();
    await("it signs", () -> first.operator().granted() > 0);
    abandon(first);
    pods.remove(first);
    Files.delete(folder.resolve("marks-0").resolve("pod-0.mark"));

    Pod forgetful = start(0, "pod-0", List.of());

    assertThat(forgetful.operator().isSealed()).isTrue();
    await("the quarantine", () -> forgetful.operator().quarantine().isPresent());
    await("the others' clocks", () -> !forgetful.operator().isSealed());
    assertThat(folder.resolve("marks-0").resolve("pod-0.mark")).exists();
  }
}
