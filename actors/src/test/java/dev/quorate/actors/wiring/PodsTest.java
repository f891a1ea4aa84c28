/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quorate.actors.fixture.FakeSigner;
import dev.quorate.actors.fixture.TlsFiles;
import dev.quorate.actors.sign.SignerProblem;
import dev.quorate.beacon.simulator.SimulatorReport;
import dev.quorate.config.OperatorFolder;
import dev.quorate.persistence.store.DatabaseSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the pods of one operator do together, and one that stops. */
class PodsTest extends PodsFixture {
  PodsTest() throws Exception {}

  /** Without its partial signatures nothing is signed: threshold is all operators. */
  @Test
  void anOperatorWhoseSharesAreAtARemoteSignerDoesItsDuties() throws IOException {
    OperatorFolder whole = folders.getFirst();
    TlsFiles server = TlsFiles.create(folder, "server", "127.0.0.1");
    TlsFiles client = TlsFiles.create(folder, "client", "127.0.0.1");
    try (FakeSigner signer = new FakeSigner(server, client, whole.shares())) {
      Pod pod =
          start(
              new OperatorFolder(
                  whole.cluster(),
                  whole.position(),
                  whole.identity(),
                  List.of(),
                  whole.protection()),
              "pod-0",
              List.of(),
              DatabaseSettings.of("jdbc:h2:file:" + folder.resolve("operator-0")),
              Map.of(
                  "quorate.remote-signer",
                  Map.of(
                      "url", signer.url(),
                      "client-key-store", client.keyStore().toString(),
                      "client-password-file", client.passwordFile().toString(),
                      "trusted-certificates", server.certificate().toString())));
      awaitAllReady();
      long first = currentSlot() + 2;
      awaitEndOf(first + 2);
      assertAllDone(first, first + 2);
      assertThat(signer.signed()).contains("ATTESTATION").doesNotContain("BLOCK_V2");
      assertThat(pod.operator().signerFailures()).isEmpty();

      signer.answering((exchange, _) -> exchange.sendResponseHeaders(412, -1));
      await(
          "the refusals are counted and the signer is told of",
          () ->
              pod.operator().signerFailures().containsKey(SignerProblem.SLASHING_PROTECTION)
                  && pod.operator().signerAilment().isPresent());
      assertThat(pod.operator().isReady()).isFalse();

      signer.answering(FakeSigner::send);
      awaitAllReady();
      long after = currentSlot() + 2;
      awaitEndOf(after + 1);
      assertAllDone(after, after + 1);
      assertNothingContradicted();
    }
  }

  @Test
  void twoPodsShareTheWorkAndOneThatLeavesHandsItsShareOver() throws IOException {
    List<Pod> two = startPods(2);
    Pod leaving = two.getFirst();
    Pod staying = two.getLast();
    long first = currentSlot() + 2;
    awaitEndOf(first + 2);
    assertAllDone(first, first + 2);
    assertThat(two).allMatch(pod -> pod.operator().figures().broadcast() > 0);

    int moved = leaving.operator().validatorsHere();
    long movesBefore = staying.operator().handOvers().moves();
    long startNanos = System.nanoTime();
    leave(leaving);
    long leftMillis = Duration.ofNanos(System.nanoTime() - startNanos).toMillis();
    pods.remove(leaving);
    await("all are here", () -> staying.operator().validatorsHere() == VALIDATORS);
    HandOvers handOvers = staying.operator().handOvers();
    assertThat(handOvers.moves() - movesBefore).isGreaterThanOrEqualTo(moved);
    System.out.printf(
        "a pod left in %d ms; its %d validators were away %d ms at most, %d ms on average%n",
        leftMillis, moved, handOvers.longestMillis(), handOvers.meanMillis());

    long after = currentSlot() + 2;
    awaitEndOf(after + 2);
    assertAllDone(after, after + 2);
    SimulatorReport all = chain.report(first, after + 2);
    System.out.printf("missed %d of %d duties meanwhile%n", all.missed(), all.expected());
    assertNothingContradicted();
  }

  @Test
  void theValidatorsOfAPodThatDiesComeUpElsewhere() throws IOException {
    List<Pod> three = startPods(3);
    // The first one keeps the shards' coordinator, too.
    Pod dying = three.getFirst();
    int lost = dying.operator().validatorsHere();
    long startNanos = System.nanoTime();
    abandon(dying);
    pods.remove(dying);
    List<Pod> survivors = three.subList(1, 3);
    await(
        "all are elsewhere",
        () ->
            survivors.stream().mapToInt(pod -> pod.operator().validatorsHere()).sum()
                == VALIDATORS);
    System.out.printf(
        "%d validators of a dead pod were up elsewhere after %d ms%n",
        lost, Duration.ofNanos(System.nanoTime() - startNanos).toMillis());

    awaitAllReady();
    long after = currentSlot() + 2;
    awaitEndOf(after + 2);
    assertAllDone(after, after + 2);
    assertNothingContradicted();
  }

  @Test
  void ofTwoPodsTheOneThatLivesGoesOnAlone() throws IOException {
    List<Pod> two = startPods(2);
    Pod dying = two.getFirst();
    Pod living = two.getLast();
    long startNanos = System.nanoTime();
    abandon(dying);
    pods.remove(dying);
    await("all are here", () -> living.operator().validatorsHere() == VALIDATORS);
    System.out.printf(
        "the other half was up after %d ms%n",
        Duration.ofNanos(System.nanoTime() - startNanos).toMillis());
    assertThat(living.operator().whenStopped()).isNotDone();
    assertNothingContradicted();
  }

  @Test
  void aPodThatDoesNotStopInTimeSaysSo() {
    Operator operator = pods.getFirst().operator();
    assertThatThrownBy(() -> operator.close(Duration.ofMillis(1)))
        .isInstanceOf(StillRunningException.class)
        .hasMessageContaining("did not stop within");
  }
}
