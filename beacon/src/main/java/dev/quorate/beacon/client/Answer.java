/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.quorate.beacon.client.BeaconError.BadAnswer;
import dev.quorate.beacon.client.BeaconError.BadStatus;
import dev.quorate.beacon.client.BeaconError.Call;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * What a node answered, whole, whatever the status.
 *
 * @param headers by their names in lower case
 * @param isSsz whether the body is said to be SSZ, not JSON
 */
record Answer(Call call, int status, Map<String, String> headers, boolean isSsz, Bytes body) {
  /** A node that takes an item over for later answers 202. */
  private static final Set<Integer> SUCCESS = Set.of(200, 202);

  private static final Set<Integer> NO_SUCH_ROUTE = Set.of(404, 405);

  private static final int UNSUPPORTED_MEDIA_TYPE = 415;

  private static final int JSON_DEPTH_MAX = 32;

  private static final ObjectReader JSON =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(JSON_DEPTH_MAX).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build()
          .readerFor(JsonNode.class);

  boolean isSuccess() {
    return SUCCESS.contains(status);
  }

  boolean isOfNoSuchRoute() {
    return NO_SUCH_ROUTE.contains(status);
  }

  /** The node takes the same in JSON. */
  boolean isOfNoSuchForm() {
    return status == UNSUPPORTED_MEDIA_TYPE;
  }

  Optional<String> header(String lowerCaseName) {
    return Optional.ofNullable(headers.get(lowerCaseName));
  }

  /**
   * The body of a success, whatever its form.
   *
   * @throws BeaconException if it is none
   */
  Bytes content() {
    if (!isSuccess()) {
      throw new BeaconException(new BadStatus(call, status, message()));
    }
    return body;
  }

  /**
   * The body of a success.
   *
   * @throws BeaconException if it is none, or no JSON
   */
  JsonNode json() {
    content();
    return parsed().orElseThrow(() -> bad("no JSON"));
  }

  /**
   * The value that {@code reader} finds in the body's {@code data}.
   *
   * @throws BeaconException also if it finds none
   */
  <T> T data(Function<JsonNode, Optional<T>> reader) {
    return reader
        .apply(json().path("data"))
        .orElseThrow(() -> bad("malformed, or the answer to another question"));
  }

  /**
   * The body's {@code data}, a list of at most {@code itemsMax}.
   *
   * @throws BeaconException also if it is no such list
   */
  JsonNode items(int itemsMax) {
    return data(list -> Optional.of(list).filter(l -> l.isArray() && l.size() <= itemsMax));
  }

  /** The node's words about an error; empty if it gave none. */
  String message() {
    return parsed().map(json -> json.path("message").asText("")).orElse("");
  }

  /**
   * What is wrong with which of {@code items} submitted items, by index; empty if the answer does
   * not say so in terms that make sense.
   */
  Optional<Map<Integer, String>> failures(int items) {
    JsonNode list = parsed().map(json -> json.path("failures")).orElse(null);
    if (list == null || !list.isArray() || list.isEmpty()) {
      return Optional.empty();
    }
    Map<Integer, String> failures = new HashMap<>();
    for (JsonNode failure : list) {
      OptionalInt index = index(failure.path("index"));
      if (index.isEmpty() || index.getAsInt() < 0 || index.getAsInt() >= items) {
        return Optional.empty();
      }
      failures.put(index.getAsInt(), failure.path("message").asText(""));
    }
    return Optional.of(failures);
  }

  /** A number by the standard, a string from some. Not what Jackson makes of any other. */
  private static OptionalInt index(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToInt()
        ? OptionalInt.of(node.intValue())
        : ApiJson.smallNumber(node);
  }

  BeaconException bad(String detail) {
    return new BeaconException(new BadAnswer(call, detail));
  }

  private Optional<JsonNode> parsed() {
    return object(new String(body.toArray(), StandardCharsets.UTF_8));
  }

  /** Empty unless {@code text} is one JSON object, not nested beyond reason. */
  static Optional<JsonNode> object(String text) {
    try {
      return Optional.of(JSON.readTree(text)).filter(JsonNode::isObject);
    } catch (IOException malformed) {
      return Optional.empty();
    }
  }
}
