/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.benchmarks;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.signing.batch.Aggregation;
import dev.quorate.signing.batch.SameMessageBatch;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.HashedMessage;
import dev.quorate.signing.bls.SecretKey;
import dev.quorate.signing.bls.Signature;
import dev.quorate.signing.threshold.KeyShare;
import dev.quorate.signing.threshold.Recombination;
import dev.quorate.signing.threshold.Shamir;
import dev.quorate.signing.threshold.SharedKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Three of four operators sign for 64 validators. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 2)
public class SigningBenchmark {
  private static final int VALIDATORS = 64;

  private final SecureRandom random = new SecureRandom();
  private final Bytes32 root = Bytes32.sha256(new byte[] {1});
  private final HashedMessage message = HashedMessage.of(root);
  private final SecretKey key = SecretKey.generate(random);
  private final Signature signature = key.sign(message);
  private final Bytes compressed = signature.compressed();
  private final List<Aggregation.Job> jobs = new ArrayList<>();
  private final List<SameMessageBatch.Entry> entries = new ArrayList<>();
  private final SortedMap<Integer, Signature> partials = new TreeMap<>();

  public SigningBenchmark() {
    for (int validator = 0; validator < VALIDATORS; validator++) {
      SecretKey whole = SecretKey.generate(random);
      List<KeyShare> shares = Shamir.split(whole, 3, 4, random);
      SortedMap<Integer, Bytes> encoded = new TreeMap<>();
      for (KeyShare share : shares.subList(0, 3)) {
        Signature partial = share.sign(message);
        partials.put(share.index(), partial);
        encoded.put(share.index(), partial.uncompressed());
      }
      jobs.add(
          new Aggregation.Job(
              new SharedKey(whole.publicKey(), shares.stream().map(KeyShare::publicKey).toList()),
              encoded));
      entries.add(new SameMessageBatch.Entry(whole.publicKey(), whole.sign(message)));
    }
  }

  @Benchmark
  public HashedMessage hashMessage() {
    return HashedMessage.of(root);
  }

  @Benchmark
  public Signature sign() {
    return key.sign(message);
  }

  @Benchmark
  public boolean verify() {
    return Bls.verify(key.publicKey(), message, signature);
  }

  @Benchmark
  public boolean decodeCompressedAndCheckSubgroup() {
    return Signature.decode(compressed).orElseThrow().isInGroup();
  }

  @Benchmark
  public Signature recombine3() {
    return Recombination.recombine(partials);
  }

  @Benchmark
  public SameMessageBatch.Result verify64OfOneMessage() {
    return SameMessageBatch.verify(message, entries, random);
  }

  @Benchmark
  public Aggregation.Result aggregate64Duties() {
    return Aggregation.aggregate(message, 3, jobs, Collections.emptySortedSet(), random);
  }
}
