/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import dev.quorate.actors.sign.ClientDesk;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.actors.validator.Doubles;
import dev.quorate.beacon.client.BeaconException;
import dev.quorate.beacon.client.BeaconNode;
import dev.quorate.beacon.client.BeaconNodes;
import dev.quorate.config.InvalidConfiguration;
import dev.quorate.config.OperatorSettings;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.http.secured.Gate;
import dev.quorate.http.secured.Gate.BrokenOffException;
import dev.quorate.http.secured.Gate.FullException;
import dev.quorate.http.secured.Gate.LargeBodyException;
import dev.quorate.http.secured.Gate.SlowBodyException;
import dev.quorate.http.validator.ClientRequest.MalformedException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.ServerBinding;
import org.apache.pekko.http.javadsl.model.ContentType;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;
import org.apache.pekko.http.scaladsl.model.IllegalUriException;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Beacon API of one pod for the validator client that holds this operator's key shares. What
 * has to do with duties is answered here, by what operators agreed on; of the rest some is passed
 * on with other keys, and all else that is asked as it is. Nothing is handed to a beacon node that
 * may hold a signature. It lives in the pod's actor system, and until that has begun to stop.
 */
public final class ValidatorApi {
  /** A chain without blocks for that long has other troubles than a stream that is opened again. */
  private static final Duration SILENCE = Duration.ofMinutes(10);

  private static final Pattern QUALITY = Pattern.compile("q=(0(?:\\.[0-9]{0,3})?|1(?:\\.0{0,3})?)");

  /**
   * More than thousands of validators have to say at once, or are told; only blocks have larger
   * bodies.
   */
  static final int BODY_BYTES_MAX = 8 * 1024 * 1024;

  /** Methods that hand nothing in. */
  private static final Set<String> ASKING = Set.of("GET", "HEAD");

  private static final String OCTETS = "application/octet-stream";
  private static final String JSON = "application/json";
  private static final Logger LOG = LoggerFactory.getLogger(ValidatorApi.class);

  /**
   * What it is made of.
   *
   * @param groups public keys of the validators, 48 bytes each, in the order of the cluster file
   * @param shares this operator's public shares of them
   * @param clock Unix milliseconds
   * @param doubles who else signs with these shares
   * @param exits approves, as this operator, that a validator leaves; durable once completed
   */
  public record Parts(
      List<Bytes> groups,
      List<Bytes> shares,
      SlotTimes times,
      LongSupplier clock,
      ClientDesk desk,
      BeaconNodes nodes,
      Doubles doubles,
      IntFunction<CompletionStage<Void>> exits) {}

  private final Parts parts;
  private final KeyTranslation keys;
  private final ClientDuties duties;
  private final DecidedHeads heads;
  private final Gate gate;
  private final ServerBinding binding;

  /**
   * Serves the client from now on, until the actor system stops. Blocks until it listens.
   *
   * @throws IOException if nothing can listen there
   * @throws InvalidConfiguration if a file of the settings is missing, broken, or open to others
   */
  public static ValidatorApi start(
      ActorSystem<?> system, Parts parts, OperatorSettings.SecuredApi settings) throws IOException {
    return new ValidatorApi(system, parts, new Gate(system, settings));
  }

  ValidatorApi(ActorSystem<?> system, Parts parts, Gate gate) throws IOException {
    this.parts = parts;
    this.gate = gate;
    this.keys = new KeyTranslation(parts.groups(), parts.shares());
    this.duties = new ClientDuties(parts, new ClusterIndices(parts.nodes(), parts.groups()));
    this.heads = new DecidedHeads(parts.desk(), parts.times(), parts.clock());
    this.binding = gate.open("validator API", this::answer);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return binding.localAddress();
  }

  // ---- a request

  private CompletionStage<HttpResponse> answer(HttpRequest request) {
    if (!gate.isAuthorized(request)) {
      return unread(request, ClientProblem.NOT_AUTHORIZED);
    }
    return ClientTarget.of(header(request, "Raw-Request-URI").orElse("/"))
        .map(target -> answer(request, target))
        .orElseGet(() -> unread(request, ClientProblem.MALFORMED))
        .exceptionallyCompose(failure -> failed(request, failure));
  }

  private CompletionStage<HttpResponse> answer(HttpRequest request, ClientTarget target) {
    String method = request.method().value();
    return ClientRoute.of(method, target.segments())
        .map(route -> dispatch(request, target.toString(), route))
        .orElseGet(() ->
            ASKING.contains(method) && !target.isOfValidators()
                ? relay(request, target.toString())
                : unread(request, ClientProblem.UNKNOWN_ROUTE));
  }

  private CompletionStage<HttpResponse> unread(HttpRequest request, ClientProblem problem) {
    gate.drop(request);
    return refused(problem);
  }

  private CompletionStage<HttpResponse> failed(HttpRequest request, Throwable failure) {
    return switch (Gate.cause(failure)) {
      case SlowBodyException _ -> refused(ClientProblem.TOO_SLOW);
      case LargeBodyException _ -> refused(ClientProblem.TOO_LARGE);
      case BrokenOffException _ -> refused(ClientProblem.MALFORMED);
      case FullException _ -> refused(ClientProblem.BUFFER_FULL);
      case NoNodeException _ -> refused(ClientProblem.NO_BEACON_NODE);
      case LargeAnswerException _ -> refused(ClientProblem.LARGE_ANSWER);
      case BeaconException down -> {
        LOG.debug("{}", down.getMessage());
        yield refused(ClientProblem.NO_BEACON_NODE);
      }
      default -> {
        LOG.error("{} {} failed", request.method().value(), request.getUri().path(), failure);
        yield CompletableFuture.completedStage(Gate.error(500, "the pod's log says why"));
      }
    };
  }

  private CompletionStage<HttpResponse> dispatch(
      HttpRequest request, String target, ClientRoute.Found found) {
    return switch (found.route()) {
      case ATTESTER_DUTIES,
          PROPOSER_DUTIES_V1,
          PROPOSER_DUTIES_V2,
          SYNC_DUTIES,
          VALIDATORS,
          VALIDATORS_POSTED,
          VALIDATOR,
          BALANCES,
          BALANCES_POSTED,
          IDENTITIES,
          COMMITTEE_SUBSCRIPTIONS,
          SYNC_SUBSCRIPTIONS,
          ATTESTATION_REWARDS,
          SYNC_REWARDS ->
          translated(request, target);
      case PREPARATIONS, REGISTRATIONS ->
          judged(request, found, _ -> CompletableFuture.completedStage(new ClientAnswer.Taken()));
      case VERSION -> {
        gate.drop(request);
        yield CompletableFuture.completedStage(response(request, ClientDuties.version()));
      }
      case HEAD_ROOT ->
          duties
              .headRoot()
              .thenCompose(known ->
                  known
                      .map(answer -> CompletableFuture.completedStage(response(request, answer)))
                      .orElseGet(() -> relay(request, target)));
      // Events are read on their way: a node must not compress them.
      case EVENTS ->
          relay(request.removeHeader("Accept-Encoding"), target).thenApply(this::withDecidedHeads);
      case ATTESTATION_DATA -> judged(request, found, duties::attestationData);
      case ATTESTATIONS_V1, ATTESTATIONS_V2 -> judged(request, found, duties::attestations);
      case SELECTIONS -> judged(request, found, duties::selections);
      case AGGREGATE_V1, AGGREGATE_V2 -> judged(request, found, duties::aggregate);
      case AGGREGATES_V1, AGGREGATES_V2 -> judged(request, found, duties::aggregates);
      case SYNC_MESSAGES -> judged(request, found, duties::syncMessages);
      case SYNC_SELECTIONS -> judged(request, found, duties::syncSelections);
      case CONTRIBUTION -> judged(request, found, duties::contribution);
      case CONTRIBUTIONS -> judged(request, found, duties::contributions);
      case BLOCK_V2, BLOCK_V3, BLINDED_BLOCK -> judged(request, found, duties::block);
      case BLOCKS_V1, BLOCKS_V2 ->
          judged(request, found, Gate.BODY_BYTES_MAX, asked -> duties.publish(asked, ""));
      case BLINDED_BLOCKS_V1, BLINDED_BLOCKS_V2 ->
          judged(request, found, Gate.BODY_BYTES_MAX, asked -> duties.publish(asked, "Blinded"));
      case LIVENESS -> judged(request, found, duties::liveness);
      case EXITS -> judged(request, found, duties::exit);
    };
  }

  private interface Judge {
    CompletionStage<ClientAnswer> of(ClientRequest asked) throws MalformedException;
  }

  private CompletionStage<HttpResponse> judged(
      HttpRequest request, ClientRoute.Found found, Judge judge) {
    return judged(request, found, BODY_BYTES_MAX, judge);
  }

  private CompletionStage<HttpResponse> judged(
      HttpRequest request, ClientRoute.Found found, int bytesMax, Judge judge) {
    return gate.withBody(
        request,
        bytesMax,
        body -> {
          try {
            return judge
                .of(asked(request, found, body))
                .thenApply(answer -> response(request, answer));
          } catch (MalformedException | IllegalUriException malformed) {
            return refused(ClientProblem.MALFORMED);
          }
        });
  }

  private static ClientRequest asked(
      HttpRequest request, ClientRoute.Found found, ByteString body) {
    return new ClientRequest(
        found.route(),
        found.parameter(),
        request.getUri().query().toMap(),
        body,
        isSsz(request.entity().getContentType()),
        header(request, "Eth-Consensus-Version").orElse(""));
  }

  private static Optional<String> header(HttpRequest request, String name) {
    return request.getHeader(name).map(HttpHeader::value);
  }

  // ---- passing on

  /** What is asked without a body; one that comes all the same goes nowhere. */
  private CompletionStage<HttpResponse> relay(HttpRequest request, String target) {
    gate.drop(request);
    return node()
        .thenCompose(node -> node.relay(request.withEntity(HttpEntities.EMPTY), target, SILENCE));
  }

  private HttpResponse withDecidedHeads(HttpResponse response) {
    return response.status().intValue() == 200
        ? response.withEntity(
            HttpEntities.createChunked(
                response.entity().getContentType(),
                response.entity().withoutSizeLimit().getDataBytes().via(heads.flow())))
        : response;
  }

  /** Both bodies are read: keys may stand anywhere in them. */
  private CompletionStage<HttpResponse> translated(HttpRequest request, String target) {
    return gate.withBody(
            request, BODY_BYTES_MAX, body -> passed(request, body, keys.toGroups(target)))
        .thenCompose(response ->
            gate.withBody(
                    response,
                    BODY_BYTES_MAX,
                    body ->
                        CompletableFuture.completedStage(
                            response.withEntity(
                                HttpEntities.create(
                                    response.entity().getContentType(),
                                    octets(keys.toShares(body.utf8String()))))))
                .exceptionallyCompose(
                    failure -> CompletableFuture.failedStage(ofAnswer(Gate.cause(failure)))));
  }

  private CompletionStage<HttpResponse> passed(
      HttpRequest request, ByteString body, String target) {
    ContentType type = request.entity().getContentType();
    byte[] passed = isSsz(type) ? body.toArray() : octets(keys.toGroups(body.utf8String()));
    HttpRequest whole =
        request
            .removeHeader("Accept")
            .removeHeader("Accept-Encoding")
            .addHeader(RawHeader.create("Accept", JSON))
            .withEntity(
                request.method().value().equals("POST")
                    ? HttpEntities.create(type, passed)
                    : HttpEntities.EMPTY);
    return node().thenCompose(node -> node.pass(whole, target));
  }

  /** Of an answer of a beacon node what would else be said of the client's request. */
  private static Throwable ofAnswer(Throwable failure) {
    return switch (failure) {
      case LargeBodyException _ -> new LargeAnswerException();
      case SlowBodyException _, BrokenOffException _ -> new NoNodeException();
      default -> failure;
    };
  }

  private static byte[] octets(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isSsz(ContentType type) {
    return type.mediaType().toString().equals(OCTETS);
  }

  /** The best one; none that is on another chain is among them. */
  private CompletionStage<BeaconNode> node() {
    List<Integer> sound = parts.nodes().sound();
    return sound.isEmpty()
        ? CompletableFuture.failedFuture(new NoNodeException())
        : CompletableFuture.completedStage(parts.nodes().nodes().get(sound.getFirst()));
  }

  // ---- answers

  /** No beacon node is sound, or it does not end its answer. */
  private static final class NoNodeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NoNodeException() {
      super("no beacon node is on this chain", null, false, false);
    }
  }

  /** A beacon node answers with more than is read. */
  private static final class LargeAnswerException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LargeAnswerException() {
      super("a beacon node answers with more than is read", null, false, false);
    }
  }

  private CompletionStage<HttpResponse> refused(ClientProblem problem) {
    parts.desk().refused(problem);
    ClientAnswer answer = new ClientAnswer.Refused(problem);
    return CompletableFuture.completedStage(
        HttpResponse.create().withStatus(answer.status()).withEntity(Gate.json(answer.json())));
  }

  private static HttpResponse response(HttpRequest request, ClientAnswer answer) {
    HttpResponse response = HttpResponse.create().withStatus(answer.status());
    return switch (answer) {
      case ClientAnswer.Taken _ -> response;
      case ClientAnswer.Refused _, ClientAnswer.Failures _ ->
          response.withEntity(Gate.json(answer.json()));
      case ClientAnswer.Data data -> {
        List<HttpHeader> said = new ArrayList<>();
        data.version()
            .ifPresent(fork ->
                said.add(RawHeader.create("Eth-Consensus-Version", fork.consensusVersion())));
        data.headers().forEach((name, value) -> said.add(RawHeader.create(name, value)));
        HttpResponse whole = response.addHeaders(said);
        yield data.ssz()
            .filter(_ -> wantsSsz(header(request, "Accept").orElse("")))
            .map(ssz ->
                whole.withEntity(
                    HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, ssz.toArray())))
            .orElseGet(() -> whole.withEntity(Gate.json(data.json())));
      }
    };
  }

  /** Whether SSZ is liked better than JSON, as {@code Accept} weighs them. */
  static boolean wantsSsz(String accept) {
    return weight(accept, OCTETS) > Math.max(weight(accept, JSON), weight(accept, "*/*"));
  }

  private static double weight(String accept, String type) {
    for (String range : accept.split(",", -1)) {
      String[] parameters = range.strip().split(";", -1);
      if (parameters[0].strip().equalsIgnoreCase(type)) {
        for (String parameter : parameters) {
          Matcher quality = QUALITY.matcher(parameter.strip());
          if (quality.matches()) {
            return Double.parseDouble(quality.group(1));
          }
        }
        return 1;
      }
    }
    return 0;
  }
}
