/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.Fork;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What the client is told, in the Beacon API's forms. */
sealed interface ClientAnswer {
  int status();

  JsonNode json();

  /**
   * @param writer of JSON, which is large for a block and not always wanted
   * @param headers beside {@code Eth-Consensus-Version}
   * @param ssz the data in SSZ; empty where the API has none
   */
  record Data(
      Supplier<ObjectNode> writer,
      Optional<Fork> version,
      Map<String, String> headers,
      Optional<Bytes> ssz)
      implements ClientAnswer {
    @Override
    public int status() {
      return 200;
    }

    @Override
    public ObjectNode json() {
      return writer.get();
    }

    /** The same, with more in JSON beside the data. */
    Data with(Consumer<ObjectNode> more) {
      return new Data(
          () -> {
            ObjectNode json = json();
            more.accept(json);
            return json;
          },
          version,
          headers,
          ssz);
    }
  }

  /** Everything was taken; there is nothing to say. */
  record Taken() implements ClientAnswer {
    @Override
    public int status() {
      return 200;
    }

    @Override
    public JsonNode json() {
      return JsonNodeFactory.instance.missingNode();
    }
  }

  /**
   * @param detail what else there is to say; may be empty
   */
  record Refused(ClientProblem problem, String detail) implements ClientAnswer {
    Refused(ClientProblem problem) {
      this(problem, "");
    }

    @Override
    public int status() {
      return switch (problem) {
        case NOT_AUTHORIZED -> 401;
        case UNKNOWN_ROUTE -> 404;
        case TOO_SLOW -> 408;
        case TOO_LARGE -> 413;
        case LARGE_ANSWER -> 502;
        case BUFFER_FULL, NO_DATA, NO_BEACON_NODE -> 503;
        case MALFORMED,
            UNKNOWN_VERSION,
            UNKNOWN_VALIDATOR,
            WRONG_EPOCH,
            TOO_EARLY,
            TOO_LATE,
            NOTHING_AGREED,
            WRONG_MESSAGE,
            WRONG_SIGNATURE,
            DUPLICATE,
            OTHER_HEAD,
            REFUSED_BY_GUARD,
            CLIENT_NOT_DISTRIBUTED ->
            400;
      };
    }

    @Override
    public JsonNode json() {
      return error(status(), said(problem) + detail);
    }
  }

  /**
   * Some of what was handed in was not taken; the rest was.
   *
   * @param problems by the position in what was handed in
   */
  record Failures(Map<Integer, ClientProblem> problems) implements ClientAnswer {
    public Failures {
      problems = new TreeMap<>(problems);
    }

    @Override
    public int status() {
      return 400;
    }

    @Override
    public JsonNode json() {
      ObjectNode json = error(status(), "some items failed");
      var failures = json.putArray("failures");
      problems.forEach((index, problem) ->
          failures.addObject().put("index", index).put("message", said(problem)));
      return json;
    }
  }

  /** Data alone. */
  static Data data(JsonNode data) {
    return data(() -> data);
  }

  /**
   * Data alone.
   *
   * @param writer of it in JSON
   */
  static Data data(Supplier<JsonNode> writer) {
    return new Data(
        () -> JsonNodeFactory.instance.objectNode().set("data", writer.get()),
        Optional.empty(),
        Map.of(),
        Optional.empty());
  }

  /** What became of each; the same again is a success. */
  static ClientAnswer of(List<Optional<ClientProblem>> outcomes) {
    Map<Integer, ClientProblem> problems = new TreeMap<>();
    for (int i = 0; i < outcomes.size(); i++) {
      int position = i;
      outcomes
          .get(i)
          .filter(problem -> !problem.isHarmless())
          .ifPresent(problem -> problems.put(position, problem));
    }
    return problems.isEmpty() ? new Taken() : new Failures(problems);
  }

  private static ObjectNode error(int status, String message) {
    return JsonNodeFactory.instance.objectNode().put("code", status).put("message", message);
  }

  private static String said(ClientProblem problem) {
    return problem.name() + ": " + problem.meaning();
  }
}
