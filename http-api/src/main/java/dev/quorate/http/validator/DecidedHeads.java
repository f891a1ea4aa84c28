/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.sign.ClientDesk;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.SlotTimes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Framing;
import org.apache.pekko.stream.javadsl.FramingTruncation;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * A beacon node's events as the client gets them: each as it came, and behind a head that the sync
 * committee agreed not to sign, in the same slot, the one that it agreed to.
 */
record DecidedHeads(ClientDesk desk, SlotTimes times, LongSupplier clock) {
  /**
   * The longest line that makes sense is an attester slashing's, from electra on: two lists of all
   * that sit in a slot's committees, 131,072 indices of up to 20 digits in quotes, behind commas:
   * 6,029,312 bytes. A longer line ends the stream; an event with more lines is passed on as
   * several.
   */
  private static final int EVENT_BYTES_MAX = 8 * 1024 * 1024;

  /** Heads of a slot at once, of which nobody knows yet what is agreed. */
  private static final int OPEN_MAX = 16;

  private static final ByteString LINE_END = ByteString.fromString("\n");
  private static final ByteString RETURN = ByteString.fromString("\r");
  private static final Pattern HEAD = Pattern.compile("(?m)^event: ?head\\r?$");
  private static final Pattern DATA = Pattern.compile("(?m)^data: ?(\\{.*\\})\\r?$");
  private static final JsonMapper JSON = new JsonMapper();

  Flow<ByteString, ByteString, NotUsed> flow() {
    return Flow.of(ByteString.class)
        .via(Framing.delimiter(LINE_END, EVENT_BYTES_MAX, FramingTruncation.ALLOW))
        .statefulMapConcat(() -> {
          Gatherer gatherer = new Gatherer();
          return gatherer::take;
        })
        // A single one keeps its place among the others.
        .mapConcat(event ->
            List.of(
                Source.single(event),
                Source.completionStage(other(event))
                    .mapConcat(decided -> decided.stream().toList())))
        .flatMapMerge(OPEN_MAX, source -> source);
  }

  /** Lines up to an empty one are an event. */
  private static final class Gatherer {
    private ByteString event = ByteString.emptyByteString();

    List<ByteString> take(ByteString line) {
      event = event.concat(line).concat(LINE_END);
      boolean isEnd = line.isEmpty() || line.equals(RETURN);
      if (!isEnd && event.size() < EVENT_BYTES_MAX) {
        return List.of();
      }
      ByteString whole = event;
      event = ByteString.emptyByteString();
      return List.of(whole);
    }
  }

  private CompletionStage<Optional<ByteString>> other(ByteString event) {
    Optional<ObjectNode> head = head(event.utf8String());
    OptionalLong slot =
        head.isPresent() ? ApiJson.number(head.get().path("slot")) : OptionalLong.empty();
    // One that lags, or is ahead of the clock, has nothing to do with what is signed now.
    if (slot.isEmpty() || slot.getAsLong() != times.slotAt(clock.getAsLong())) {
      return CompletableFuture.completedStage(Optional.empty());
    }
    return desk.granted(
            DutyType.SYNC_MESSAGE,
            slot.getAsLong(),
            _ -> true,
            times.startMillis(slot.getAsLong() + 1))
        .thenApply(agreed ->
            agreed
                .map(request -> Bytes32.of(request.decided().content().toArray()).toString())
                .filter(root -> !root.equals(head.get().path("block").asText()))
                .map(root ->
                    ByteString.fromString(
                        "event: head\ndata: "
                            + head.get().deepCopy().put("block", root)
                            + "\n\n")));
  }

  private static Optional<ObjectNode> head(String event) {
    Matcher data = DATA.matcher(event);
    try {
      return HEAD.matcher(event).find()
              && data.find()
              && JSON.readTree(data.group(1)) instanceof ObjectNode head
          ? Optional.of(head)
          : Optional.empty();
    } catch (JacksonException noJson) {
      return Optional.empty();
    }
  }
}
