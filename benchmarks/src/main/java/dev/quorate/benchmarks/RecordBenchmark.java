/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.benchmarks;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.DutyEvent;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.qbft.VoteKind;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.persistence.event.ChainedEvent;
import dev.quorate.persistence.event.EventCodec;
import java.util.List;
import java.util.Optional;
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

/** The intent of an attestation: the row that is written before anything is signed. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 3, time = 2)
public class RecordBenchmark {
  private static final long AT = 1_763_726_400_123L;

  private final AttestationData data =
      new AttestationData(
          9,
          0,
          Bytes32.ZERO,
          new Checkpoint(1, Bytes32.ZERO),
          new Checkpoint(2, Bytes32.sha256(new byte[] {1})));
  private final DutyEvent intent =
      new DutyEvent.Intended(
          DutyId.attester(9, 7),
          new Value(data.encode()),
          new Signable(data.hashTreeRoot(), 1, 2),
          new DutyEvent.Trail(
              AT,
              AT + 20,
              AT + 90,
              1,
              Optional.of(3),
              List.of(0, 1, 3),
              List.of(
                  new DutyEvent.CastVote(VoteKind.PREPARE, 1, Bytes32.ZERO, AT + 30),
                  new DutyEvent.CastVote(VoteKind.COMMIT, 1, Bytes32.ZERO, AT + 60)),
              List.of(),
              Optional.empty()),
          DutyEvent.Aftermath.NONE);
  private final Bytes row = EventCodec.chain(Bytes32.ZERO, intent).encoded();

  @Benchmark
  public Bytes32 hashTreeRoot() {
    return data.hashTreeRoot();
  }

  @Benchmark
  public ChainedEvent encodeAndChain() {
    return EventCodec.chain(Bytes32.ZERO, intent);
  }

  @Benchmark
  public ChainedEvent decode() {
    return EventCodec.decode(row);
  }
}
