/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.ethereum.chain.Fork;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

class DecidedHeadsTest {
  private static final int INDICES_MAX = 131_072;
  private static final int CHUNK_BYTES = 64 * 1024;

  @Test
  void theLargestAttesterSlashingAndWhatIsBehindItArePassedOnAsTheyCame() throws Exception {
    String indices =
        LongStream.range(0, INDICES_MAX)
            .mapToObj(index -> "\"" + Long.toUnsignedString(-1 - index) + "\"")
            .collect(Collectors.joining(","));
    String events =
        "event: attester_slashing\ndata: {\"attestation_1\":{\"attesting_indices\":[%1$s]},"
                .formatted(indices)
            + "\"attestation_2\":{\"attesting_indices\":[%1$s]}}\n\n".formatted(indices)
            + "event: head\r\ndata: {\"slot\":\"1\"}\r\n\r\n";
    ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "heads");
    try (ServedClient served = new ServedClient(Fork.FULU)) {
      String passed =
          Source.from(chunks(ByteString.fromString(events)))
              .via(new DecidedHeads(served.desk, served.times, served.clock::get).flow())
              .runFold(ByteString.emptyByteString(), ByteString::concat, system)
              .toCompletableFuture()
              .join()
              .utf8String();

      assertThat(passed.equals(events)).as("%d bytes came of it", passed.length()).isTrue();
    } finally {
      system.terminate();
    }
  }

  private static List<ByteString> chunks(ByteString whole) {
    List<ByteString> chunks = new ArrayList<>();
    for (int from = 0; from < whole.size(); from += CHUNK_BYTES) {
      chunks.add(whole.slice(from, from + CHUNK_BYTES));
    }
    return chunks;
  }
}
