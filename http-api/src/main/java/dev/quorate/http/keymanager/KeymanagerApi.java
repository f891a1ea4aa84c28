/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.keymanager;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.quorate.actors.sign.KeyDesk;
import dev.quorate.actors.sign.KeyDesk.Import;
import dev.quorate.actors.sign.KeyDesk.Removal;
import dev.quorate.config.ClusterFile;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.Proposals;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.VoluntaryExit;
import dev.quorate.http.secured.Gate;
import dev.quorate.http.secured.Gate.BrokenOffException;
import dev.quorate.http.secured.Gate.FullException;
import dev.quorate.http.secured.Gate.LargeBodyException;
import dev.quorate.http.secured.Gate.SlowBodyException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keymanager API of one pod (ethereum/keymanager-APIs): key shares come in and go out by it,
 * and validators are approved to leave. What all operators agreed on in the cluster file it only
 * shows. Whoever has the token may stop this operator's signing, but never make it sign what its
 * guard refuses, nor anything that too few operators want.
 */
public final class KeymanagerApi {
  private static final Logger LOG = LoggerFactory.getLogger(KeymanagerApi.class);
  private static final int PUBLIC_KEY_BYTES = 48;
  private static final long LOOK_MILLIS = 500;

  private static final String OF_THE_CLUSTER =
      "it is the cluster's configuration, which all operators signed with: it cannot be changed at"
          + " one of them";

  /** A key that stands twice would hide one of its values. */
  private static final JsonMapper JSON =
      JsonMapper.builder(JsonFactory.builder().streamReadConstraints(Gate.JSON_BOUNDS).build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** How validators leave. Both block. */
  public interface Exits {
    /** Approves, as this operator, that the validator leaves in the period that is running. */
    void approve(int validator);

    /**
     * The exit with the group's signature, once enough operators approved.
     *
     * @param slot the first of the period
     */
    Optional<Signed<VoluntaryExit>> signed(int validator, long slot);
  }

  /**
   * What it is made of.
   *
   * @param position of the operator in the cluster file
   * @param remoteSigner for people; empty: there is none
   * @param clock Unix milliseconds
   */
  public record Parts(
      ClusterFile cluster,
      int position,
      KeyDesk desk,
      Optional<String> remoteSigner,
      Exits exits,
      SlotTimes times,
      LongSupplier clock) {}

  /** What is wrong with a request. */
  private static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    final int status;

    RefusedException(int status, String message) {
      super(message, null, false, false);
      this.status = status;
    }
  }

  private final Parts parts;
  private final Gate gate;
  private final Executor blocking;
  private final Map<Bytes, Integer> validators = new HashMap<>();
  private final ServerBinding binding;

  /**
   * Serves from now on, until the actor system stops. Blocks until it listens.
   *
   * @throws IOException if nothing can listen there
   * @throws InvalidConfiguration if a file of the settings is missing, broken, or open to others
   */
  public static KeymanagerApi start(
      ActorSystem<?> system, Parts parts, OperatorSettings.SecuredApi settings) throws IOException {
    return new KeymanagerApi(system, parts, new Gate(system, settings));
  }

  private KeymanagerApi(ActorSystem<?> system, Parts parts, Gate gate) throws IOException {
    this.parts = parts;
    this.gate = gate;
    this.blocking = system.dispatchers().lookup(DispatcherSelector.blocking());
    for (int validator = 0; validator < parts.cluster().validators().size(); validator++) {
      validators.put(parts.cluster().validators().get(validator).group().compressed(), validator);
      validators.put(share(validator), validator);
    }
    this.binding = gate.open("keymanager API", this::answer);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return binding.localAddress();
  }

  // ---- a request

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    if (!gate.isAuthorized(request)) {
      gate.drop(request);
      return CompletableFuture.completedStage(
          Gate.error(401, "the token of quorate.keymanager-api.bearer-token-file is needed"));
    }
    return gate.withBody(request, Gate.BODY_BYTES_MAX, body -> judge(request, body))
        .exceptionally(failure -> failed(request, failure));
  }

  private static HttpResponse failed(HttpRequest request, Throwable failure) {
    return switch (Gate.cause(failure)) {
      case RefusedException refused -> Gate.error(refused.status, message(refused));
      case InvalidConfiguration wrong -> Gate.error(400, message(wrong));
      case IllegalUriException _ -> Gate.error(400, "the query is malformed");
      case FullException full -> Gate.error(503, message(full));
      case SlowBodyException slow -> Gate.error(408, message(slow));
      case LargeBodyException _ -> Gate.error(413, "more than " + Gate.BODY_BYTES_MAX + " bytes");
      case BrokenOffException broken -> Gate.error(400, message(broken));
      case Throwable bug -> {
        LOG.error("{} {} failed", request.method().value(), request.getUri().path(), bug);
        yield Gate.error(500, "the pod's log says why; what came of it is unknown: ask again");
      }
    };
  }

  private static String message(Throwable refusal) {
    return String.valueOf(refusal.getMessage());
  }

  private CompletionStage<HttpResponse> judge(HttpRequest request, ByteString body) {
    KeymanagerRoute.Found found =
        KeymanagerRoute.of(request.getUri().path())
            .orElseThrow(() -> new RefusedException(404, "there is no such route"));
    String method = request.method().value();
    return switch (found.route()) {
      case KEYSTORES ->
          now(
              switch (method) {
                case "GET" -> keystores();
                case "POST" -> imported(json(body));
                case "DELETE" -> deleted(json(body));
                default -> throw notAllowed();
              });
      case REMOTE_KEYS ->
          now(
              switch (method) {
                case "GET" -> remoteKeys();
                case "POST", "DELETE" ->
                    throw new RefusedException(
                        403,
                        "the remote signer stands in the operator's settings: change it there");
                default -> throw notAllowed();
              });
      case FEE_RECIPIENT, GAS_LIMIT, GRAFFITI -> {
        var _ = validator(found.key());
        yield now(
            switch (method) {
              case "GET" -> agreed(found.route(), found.key());
              case "POST", "DELETE" -> throw new RefusedException(403, OF_THE_CLUSTER);
              default -> throw notAllowed();
            });
      }
      case EXIT -> {
        if (!method.equals("POST")) {
          throw notAllowed();
        }
        yield exit(validator(found.key()), request.getUri().query().get("epoch"));
      }
    };
  }

  private static CompletionStage<HttpResponse> now(ObjectNode json) {
    return CompletableFuture.completedStage(HttpResponse.create().withEntity(Gate.json(json)));
  }

  private static RefusedException notAllowed() {
    return new RefusedException(405, "this route does not answer to that method");
  }

  // ---- key shares

  private ObjectNode keystores() {
    ArrayNode data = JsonNodeFactory.instance.arrayNode();
    parts
        .desk()
        .signing()
        .forEach(validator ->
            data.addObject()
                .put("validating_pubkey", ApiJson.hex(share(validator)))
                .put("readonly", false));
    return data(data);
  }

  private ObjectNode imported(JsonNode asked) {
    List<String> stores = texts(asked, "keystores");
    List<String> passwords = texts(asked, "passwords");
    if (stores.size() != passwords.size()) {
      throw malformed("keystores and passwords: one for each is needed");
    }
    Optional<String> history =
        Optional.of(asked.path("slashing_protection"))
            .filter(one -> !one.isMissingNode() && !one.isNull())
            .map(one -> text(one, "slashing_protection"));
    ArrayNode data = JsonNodeFactory.instance.arrayNode();
    for (Import outcome : parts.desk().take(stores, passwords, history)) {
      switch (outcome) {
        case Import.Imported _ -> data.addObject().put("status", "imported");
        case Import.Duplicate _ -> data.addObject().put("status", "duplicate");
        case Import.Refused(String why) ->
            data.addObject().put("status", "error").put("message", why);
      }
    }
    return data(data);
  }

  private ObjectNode deleted(JsonNode asked) {
    List<Bytes> keys = texts(asked, "pubkeys").stream().map(KeymanagerApi::key).toList();
    KeyDesk.Removals removals = parts.desk().remove(keys);
    ArrayNode data = JsonNodeFactory.instance.arrayNode();
    for (Removal outcome : removals.outcomes()) {
      switch (outcome) {
        case Removal.Deleted _ -> data.addObject().put("status", "deleted");
        case Removal.NotActive _ -> data.addObject().put("status", "not_active");
        case Removal.NotFound _ -> data.addObject().put("status", "not_found");
        case Removal.Failed(String why) ->
            data.addObject().put("status", "error").put("message", why);
      }
    }
    return data(data).put("slashing_protection", removals.history());
  }

  private ObjectNode remoteKeys() {
    ArrayNode data = JsonNodeFactory.instance.arrayNode();
    parts
        .remoteSigner()
        .ifPresent(url -> {
          for (int validator = 0; validator < parts.cluster().validators().size(); validator++) {
            data.addObject()
                .put("pubkey", ApiJson.hex(share(validator)))
                .put("url", url)
                .put("readonly", true);
          }
        });
    return data(data);
  }

  // ---- what was agreed on

  private ObjectNode agreed(KeymanagerRoute route, String key) {
    ObjectNode data = JsonNodeFactory.instance.objectNode().put("pubkey", key);
    Optional<Proposals> proposals = parts.cluster().proposals();
    return data(
        switch (route) {
          case FEE_RECIPIENT ->
              data.put(
                  "ethaddress",
                  proposals
                      .map(agreed -> ApiJson.hex(agreed.feeRecipient()))
                      .orElseThrow(() ->
                          new RefusedException(
                              404, "the cluster file names no fee recipient: no blocks are made")));
          case GAS_LIMIT -> {
            OptionalInt limit =
                proposals.map(Proposals::builderGasLimit).orElseGet(OptionalInt::empty);
            if (limit.isEmpty()) {
              throw new RefusedException(400, "the cluster file names no builder gas limit");
            }
            yield data.put("gas_limit", Integer.toString(limit.getAsInt()));
          }
          // Operators ask their beacon nodes for blocks without any.
          case GRAFFITI -> data.put("graffiti", "");
          case KEYSTORES, REMOTE_KEYS, EXIT ->
              throw new IllegalStateException("not agreed on: " + route);
        });
  }

  // ---- exits

  private CompletionStage<HttpResponse> exit(int validator, Optional<String> asked) {
    long slot =
        parts
            .times()
            .firstSlotOfPeriod(Math.max(0, parts.times().slotAt(parts.clock().getAsLong())));
    long epoch = parts.times().spec().epochOf(slot);
    if (asked.isPresent() && !asked.get().equals(Long.toString(epoch))) {
      throw new RefusedException(
          400,
          "all operators sign one exit, that of the period that is running: epoch "
              + epoch
              + " is the only one");
    }
    parts.exits().approve(validator);
    long untilNanos =
        System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(2 * parts.times().spec().slotMillis());
    return awaited(validator, slot, untilNanos);
  }

  /** Where enough others approved before, the whole signature is there within a slot or two. */
  private CompletionStage<HttpResponse> awaited(int validator, long slot, long untilNanos) {
    Optional<Signed<VoluntaryExit>> signed = parts.exits().signed(validator, slot);
    if (signed.isPresent()) {
      return now(data(signed.get().toJson()));
    }
    if (System.nanoTime() - untilNanos > 0) {
      return CompletableFuture.completedStage(
          Gate.error(
              202,
              "approved by this operator; it is signed once %d operators have approved in this period"
                  .formatted(parts.cluster().threshold())));
    }
    return CompletableFuture.supplyAsync(
            () -> awaited(validator, slot, untilNanos),
            CompletableFuture.delayedExecutor(LOOK_MILLIS, TimeUnit.MILLISECONDS, blocking))
        .thenCompose(answer -> answer);
  }

  // ---- short forms

  private Bytes share(int validator) {
    return parts.cluster().validators().get(validator).shares().get(parts.position()).compressed();
  }

  private int validator(String key) {
    return Optional.ofNullable(validators.get(key(key)))
        .orElseThrow(() ->
            new RefusedException(
                404, "no validator of this cluster has this key, nor is it this operator's share"));
  }

  private static Bytes key(String text) {
    return ApiJson.bytes(TextNode.valueOf(text), PUBLIC_KEY_BYTES)
        .orElseThrow(() -> malformed("a public key is 0x and 96 hexadecimal digits"));
  }

  private static JsonNode json(ByteString body) {
    try {
      return JSON.readTree(body.asInputStream());
    } catch (IOException malformed) {
      // What Jackson says may repeat a password.
      throw malformed("the body is not JSON");
    }
  }

  private static List<String> texts(JsonNode asked, String name) {
    JsonNode list = asked.path(name);
    if (!list.isArray()) {
      throw malformed(name + " is not a list");
    }
    List<String> texts = new ArrayList<>(list.size());
    list.forEach(one -> texts.add(text(one, "each of " + name)));
    return texts;
  }

  private static String text(JsonNode node, String name) {
    if (!node.isTextual()) {
      throw malformed(name + " is not a text");
    }
    return node.textValue();
  }

  private static RefusedException malformed(String what) {
    return new RefusedException(400, what);
  }

  private static ObjectNode data(JsonNode data) {
    return JsonNodeFactory.instance.objectNode().set("data", data);
  }
}
