/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.wire;

import static dev.quorate.wire.Operators.DUTY;
import static dev.quorate.wire.Operators.HASH;
import static dev.quorate.wire.Operators.VALUE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyMessage;
import dev.quorate.consensus.duty.HeadView;
import dev.quorate.consensus.qbft.Decision;
import dev.quorate.consensus.qbft.Prepared;
import dev.quorate.consensus.qbft.QbftMessage;
import dev.quorate.consensus.qbft.SignedVote;
import dev.quorate.consensus.qbft.Vote;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class FrameMutationTest {
  private static final int RUNS = 20_000;

  private final long seed = Long.getLong("seed", System.nanoTime());

  @Test
  void anyBytesGiveMessagesOrRefusalsAndNoVoteThatWasNotCast() {
    System.out.println("FrameMutationTest -Dseed=" + seed);
    Random random = new Random(seed);
    List<SignedVote> commits =
        Operators.signed(
            new Vote.Commit(DUTY, 1, 1, VALUE.hash()), new Vote.Prepare(DUTY, 1, 1, VALUE.hash()));
    Flush flush =
        Operators.encoder(0)
            .encode(
                List.of(
                    new Outgoing.Cast(
                        new Vote.RoundChange(
                            DUTY, 0, 2, Optional.of(new Prepared(1, VALUE.hash()))),
                        List.of(commits.get(1)),
                        Optional.of(VALUE)),
                    Operators.bare(new Vote.Commit(DUTY, 0, 1, HASH)),
                    new Outgoing.Broadcast(
                        new DutyMessage.Agreement(
                            new QbftMessage.Decided(
                                DUTY, 0, new Decision(1, VALUE, List.of(commits.get(0)))))),
                    new Outgoing.Broadcast(
                        new DutyMessage.Partial(DUTY, 0, HASH, Bytes.wrap(new byte[192]))),
                    new Outgoing.Broadcast(
                        new DutyMessage.Status(DUTY, 0, 1, Optional.of(HASH), 3)),
                    new Outgoing.Broadcast(
                        new DutyMessage.Chunk(DUTY, 0, HASH, 3, 0, Bytes.fromHex("010203"))),
                    new Outgoing.Broadcast(
                        new DutyMessage.Pull(DUTY, 0, HASH, WireLimits.CHUNK_BYTES))),
                Optional.of(new HeadView(DUTY.slot(), HASH)));
    byte[] frame = flush.broadcast().getFirst().toArray();
    Set<Vote> cast =
        Set.of(
            flush.own().get(0).signed().vote(),
            flush.own().get(1).signed().vote(),
            commits.get(0).vote(),
            commits.get(1).vote());
    Assertions.assertTimeout(
        Duration.ofSeconds(60),
        () -> {
          for (int run = 0; run < RUNS; run++) {
            Decoded decoded = Operators.decoder().decode(0, mutated(frame, random));
            for (DutyMessage message : decoded.messages()) {
              assertThat(message.sender()).isZero();
              votes(message)
                  .forEach(vote -> assertThat(cast).as("seed %d", seed).contains(vote.vote()));
            }
          }
        });
  }

  @Test
  void noiseIsRefused() {
    System.out.println("FrameMutationTest -Dseed=" + seed);
    Random random = new Random(seed);
    for (int run = 0; run < RUNS; run++) {
      byte[] noise = new byte[random.nextInt(1, 300)];
      random.nextBytes(noise);
      Operators.decoder().decode(0, noise).messages().forEach(m -> assertThat(votes(m)).isEmpty());
      Hello.decode(Operators.CLUSTER, noise);
    }
  }

  private static List<SignedVote> votes(DutyMessage message) {
    return switch (message) {
      case DutyMessage.Agreement(QbftMessage.Cast(SignedVote vote, List<SignedVote> nested, _)) ->
          Stream.concat(nested.stream(), Stream.of(vote)).toList();
      case DutyMessage.Agreement(QbftMessage.Decided decided) -> decided.decision().commits();
      case DutyMessage.Partial _, DutyMessage.Status _, DutyMessage.Bulk _ -> List.of();
    };
  }

  private static byte[] mutated(byte[] frame, Random random) {
    byte[] mutant = frame.clone();
    for (int change = random.nextInt(1, 4); change > 0; change--) {
      int at = random.nextInt(mutant.length);
      switch (random.nextInt(4)) {
        case 0 -> mutant[at] = (byte) random.nextInt();
        case 1 -> mutant[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> mutant = Arrays.copyOf(mutant, Math.max(1, at));
        default -> {
          int to = random.nextInt(mutant.length);
          int length = Math.min(random.nextInt(64), mutant.length - Math.max(at, to));
          System.arraycopy(mutant, at, mutant, to, length);
        }
      }
    }
    return mutant;
  }
}
