/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.benchmarks;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.qbft.Vote;
import dev.quorate.signing.identity.IdentityKey;
import dev.quorate.wire.BatchSigner;
import dev.quorate.wire.BatchVerifier;
import dev.quorate.wire.Decoded;
import dev.quorate.wire.Flush;
import dev.quorate.wire.FrameDecoder;
import dev.quorate.wire.FrameEncoder;
import dev.quorate.wire.Outgoing;
import dev.quorate.wire.VerifiedBatches;
import dev.quorate.wire.WireCluster;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** One step of a slot: a PREPARE for each validator, in one batch under one signature. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 2)
public class WireBenchmark {
  private static final int OPERATORS = 4;
  private static final int VALIDATORS_MAX = 1024;

  @Param({"1", "64", "1000"})
  private int validators;

  private final List<IdentityKey> keys =
      Stream.generate(() -> IdentityKey.generate(new SecureRandom())).limit(OPERATORS).toList();
  private final WireCluster cluster =
      new WireCluster(
          Bytes32.ZERO,
          OPERATORS,
          VALIDATORS_MAX,
          BatchVerifier.of(keys.stream().map(IdentityKey::publicKey).toList()));
  private final FrameEncoder encoder =
      new FrameEncoder(cluster, 0, BatchSigner.of(keys.getFirst()), new VerifiedBatches(OPERATORS));
  private @Nullable List<Outgoing> votes;
  private byte @Nullable [] frame;

  @Setup
  public void makeVotes() {
    votes =
        IntStream.range(0, validators)
            .<Outgoing>mapToObj(validator ->
                new Outgoing.Cast(
                    new Vote.Prepare(DutyId.attester(9, validator), 0, 1, Bytes32.ZERO),
                    List.of(),
                    Optional.empty()))
            .toList();
    List<Bytes> frames = encode().broadcast();
    frame = frames.getFirst().toArray();
  }

  @Benchmark
  public Flush encode() {
    return encoder.encode(Optional.ofNullable(votes).orElseThrow());
  }

  /** With the check of its signature and of every vote's place in the tree. */
  @Benchmark
  public Decoded decode() {
    FrameDecoder decoder =
        new FrameDecoder(cluster, new VerifiedBatches(OPERATORS), _ -> Optional.empty());
    return decoder.decode(0, Optional.ofNullable(frame).orElseThrow());
  }
}
