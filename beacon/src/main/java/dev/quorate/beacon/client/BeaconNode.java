/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.consensus.duty.SubmissionOutcome;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.Proposal.Kind;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.ProposerDuty;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.inclusion.AttestationReward;
import dev.quorate.ethereum.inclusion.Inclusion;
import dev.quorate.ethereum.inclusion.SyncReward;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One beacon node, asked over the standard Beacon API (ethereum/beacon-APIs v4.0.0, with the routes
 * of v2.5.0 that older nodes have instead).
 *
 * <p>Every question has one patience for all the exchanges that it takes, and fails with a {@link
 * BeaconException}; a submission does not fail, it has an outcome per item. What a node answers is
 * checked to be an answer to the question, not to be true: that is for the duty rules.
 *
 * <p>Safe for use by many threads.
 */
public final class BeaconNode {
  /** An answer may have this many bytes, */
  static final int BODY_BYTES_MAX = 256 * 1024;

  /** and this many more for each item asked about: a validator takes some 600. */
  static final int ITEM_BYTES_MAX = 4 * 1024;

  /** No block is larger, in hexadecimal and with all of its field names. */
  static final int BLOCK_BYTES_MAX = 2 * Value.BYTES_MAX + BODY_BYTES_MAX;

  /** All but blocks may come in chunks so large: an attester slashing is an event of 6 MB. */
  static final int CHUNK_BYTES_MAX = 8 * 1024 * 1024;

  private static final String BLOCK_FORMS = "application/octet-stream, application/json;q=0.9";

  /** Public keys in one GET: less than 2 KB of URL, which every server takes. */
  static final int IDS_PER_GET = 16;

  /** Parts of one question that are with the node at the same time. */
  private static final int PARALLEL_PARTS = 4;

  /** Of what somebody else waits for, or nobody: it may take a node long. */
  private static final long PATIENT_TIMEOUT_MILLIS = 30_000;

  /** More than the ideal rewards of every effective balance, up to 2,048 ether, take. */
  private static final int IDEAL_REWARDS_ITEMS = 128;

  private static final String EVENTS = "/eth/v1/events";

  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int INTERNAL_ERROR = 500;

  private static final Logger LOG = LoggerFactory.getLogger(BeaconNode.class);

  private final BeaconUrl url;
  private final long timeoutMillis;
  private final HttpExchange http;
  private final HttpExchange patient;
  private final HttpExchange relays;
  private final Materializer materializer;
  private final HeadStream heads;

  /**
   * @param timeoutMillis the patience for each question, whatever it takes
   */
  public BeaconNode(ActorSystem<?> system, BeaconUrl url, long timeoutMillis) {
    if (timeoutMillis < 1) {
      throw new IllegalArgumentException("a timeout of " + timeoutMillis + " ms");
    }
    this.url = url;
    this.timeoutMillis = timeoutMillis;
    this.http = new HttpExchange(system, timeoutMillis, BLOCK_BYTES_MAX);
    this.patient = new HttpExchange(system, PATIENT_TIMEOUT_MILLIS, CHUNK_BYTES_MAX);
    this.relays = new HttpExchange(system, PATIENT_TIMEOUT_MILLIS, CHUNK_BYTES_MAX);
    this.materializer = Materializer.matFromSystem(system);
    this.heads = new HeadStream(system, url, http);
  }

  public BeaconUrl url() {
    return url;
  }

  public CompletionStage<Genesis> genesis() {
    return exchange(Query.get("/eth/v1/beacon/genesis"), patience())
        .thenApply(answer -> answer.data(Genesis::ofJson));
  }

  public CompletionStage<ChainSpec> spec() {
    return exchange(Query.get("/eth/v1/config/spec"), patience()).thenApply(BeaconNode::spec);
  }

  static ChainSpec spec(Answer answer) {
    try {
      return ChainSpec.ofJson(answer.json().path("data"));
    } catch (IllegalArgumentException unusable) {
      throw answer.bad(String.valueOf(unusable.getMessage()));
    }
  }

  public CompletionStage<SyncStatus> syncing() {
    return exchange(Query.get("/eth/v1/node/syncing"), patience())
        .thenApply(answer -> answer.data(SyncStatus::ofJson));
  }

  /** How many peers it is connected to; empty if the node does not offer to tell. */
  public CompletionStage<OptionalLong> connectedPeers() {
    return exchange(Query.get("/eth/v1/node/peer_count"), patience())
        .thenApply(answer ->
            answer.isOfNoSuchRoute()
                ? OptionalLong.empty()
                : OptionalLong.of(
                    answer.data(json ->
                        ApiJson.number(json.path("connected")).stream().boxed().findFirst())));
  }

  /**
   * Passes somebody's request on, and the answer back as it comes: nothing is read, nothing is
   * asked again. Events flow for as long as something comes within {@code silence}.
   *
   * @param target path and query, as they are sent
   * @return fails with a {@link BeaconException}
   */
  public CompletionStage<HttpResponse> relay(HttpRequest request, String target, Duration silence) {
    BeaconError.Call call = call(request, target);
    HttpRequest passed = Relay.request(url, request, target);
    return (path(target).equals(EVENTS)
            ? relays.open(call, passed, silence)
            : relays.begin(call, passed))
        .thenApply(Relay::response);
  }

  /**
   * As {@link #relay}, for an answer that the caller reads whole and at once: nobody who reads a
   * relayed one slowly keeps it from a connection.
   */
  public CompletionStage<HttpResponse> pass(HttpRequest request, String target) {
    return patient
        .begin(call(request, target), Relay.request(url, request, target))
        .thenApply(Relay::response);
  }

  private BeaconError.Call call(HttpRequest request, String target) {
    return new BeaconError.Call(url.toString(), request.method().value() + " " + path(target));
  }

  private static String path(String target) {
    return target.split("\\?", 2)[0];
  }

  /** See {@link HeadStream#events}. */
  Source<HeadEvent, NotUsed> heads(Duration silence) {
    return heads.events(silence);
  }

  public HeadFigures headFigures() {
    return heads.figures();
  }

  /**
   * What the head state knows of validators; those that it does not know are absent.
   *
   * @param pubkeys 48 bytes each
   */
  public CompletionStage<Map<Bytes, IndexedValidator>> validators(Collection<Bytes> pubkeys) {
    // An empty list would ask for every validator of the chain.
    if (pubkeys.isEmpty()) {
      return CompletableFuture.completedFuture(Map.of());
    }
    Deadline deadline = patience();
    String path = "/eth/v1/beacon/states/head/validators";
    ArrayNode ids = JsonNodeFactory.instance.arrayNode();
    pubkeys.forEach(pubkey -> ids.add(ApiJson.hex(pubkey)));
    JsonNode body = JsonNodeFactory.instance.objectNode().set("ids", ids);
    return exchange(Query.post(path, body, pubkeys.size()), deadline)
        .thenCompose(answer ->
            answer.isOfNoSuchRoute()
                ? validatorsByGet(path, List.copyOf(pubkeys), deadline)
                : CompletableFuture.completedFuture(validators(answer, Set.copyOf(pubkeys))));
  }

  private CompletionStage<Map<Bytes, IndexedValidator>> validatorsByGet(
      String path, List<Bytes> pubkeys, Deadline deadline) {
    List<List<Bytes>> chunks = new ArrayList<>();
    for (int from = 0; from < pubkeys.size(); from += IDS_PER_GET) {
      chunks.add(pubkeys.subList(from, Math.min(pubkeys.size(), from + IDS_PER_GET)));
    }
    return Source.from(chunks)
        .mapAsync(
            PARALLEL_PARTS,
            chunk -> {
              String ids =
                  chunk.stream()
                      .map(pubkey -> "id=" + ApiJson.hex(pubkey))
                      .collect(Collectors.joining("&"));
              return exchange(Query.get(path, ids, chunk.size()), deadline)
                  .thenApply(answer -> validators(answer, Set.copyOf(chunk)));
            })
        .runWith(Sink.seq(), materializer)
        .thenApply(parts -> {
          Map<Bytes, IndexedValidator> validators = new HashMap<>();
          parts.forEach(validators::putAll);
          return Map.copyOf(validators);
        });
  }

  static Map<Bytes, IndexedValidator> validators(Answer answer, Set<Bytes> asked) {
    Map<Bytes, IndexedValidator> validators = new HashMap<>();
    for (JsonNode item : answer.items(asked.size())) {
      Optional<Bytes> pubkey =
          ApiJson.bytes(item.path("validator").path("pubkey"), 48).filter(asked::contains);
      OptionalLong index = ApiJson.number(item.path("index"));
      Optional<ValidatorStatus> status = ValidatorStatus.ofName(item.path("status").asText());
      if (pubkey.isEmpty() || index.isEmpty() || status.isEmpty()) {
        throw answer.bad("a validator that was not asked for, or a malformed one");
      }
      validators.put(pubkey.get(), new IndexedValidator(index.getAsLong(), status.get()));
    }
    return Map.copyOf(validators);
  }

  /**
   * @param epoch at most the next one
   * @param indices at least one
   */
  public CompletionStage<AttesterDuties> attesterDuties(long epoch, Collection<Long> indices) {
    return exchange(dutiesOf("attester", epoch, indices), patience())
        .thenApply(answer -> duties(verified(answer), Set.copyOf(indices)));
  }

  static AttesterDuties duties(Answer answer, Set<Long> asked) {
    return new AttesterDuties(
        dependentRoot(answer),
        duties(
            answer,
            asked.size(),
            AttesterDuty::ofJson,
            AttesterDuty::validatorIndex,
            duty -> asked.contains(duty.validatorIndex())));
  }

  /**
   * Every proposal of an epoch, also of validators that are not ours.
   *
   * @param epoch at most the next one
   */
  public CompletionStage<ProposerDuties> proposerDuties(ChainSpec chain, long epoch) {
    Deadline deadline = patience();
    int slots = (int) chain.slotsPerEpoch();
    String route = "validator/duties/proposer/" + epoch;
    return exchange(Query.get("/eth/v2/" + route, "", slots), deadline)
        .thenCompose(answer ->
            answer.isOfNoSuchRoute()
                ? exchange(Query.get("/eth/v1/" + route, "", slots), deadline)
                    .thenApply(older -> proposals(verified(older), chain, epoch, epoch))
                : CompletableFuture.completedFuture(
                    proposals(verified(answer), chain, epoch, Math.max(0, epoch - 1))));
  }

  private static ProposerDuties proposals(
      Answer answer, ChainSpec chain, long epoch, long decidedBefore) {
    return new ProposerDuties(
        dependentRoot(answer),
        decidedBefore,
        duties(
            answer,
            (int) chain.slotsPerEpoch(),
            ProposerDuty::ofJson,
            ProposerDuty::slot,
            duty -> chain.epochOf(duty.slot()) == epoch));
  }

  /**
   * The seats of some validators in the sync committee of an epoch; those that have none are
   * absent.
   *
   * @param epoch of this sync committee period or of the next
   * @param indices at least one
   */
  public CompletionStage<List<SyncDuty>> syncDuties(long epoch, Collection<Long> indices) {
    Set<Long> asked = Set.copyOf(indices);
    return exchange(dutiesOf("sync", epoch, indices), patience())
        .thenApply(answer ->
            duties(
                verified(answer),
                asked.size(),
                SyncDuty::ofJson,
                SyncDuty::validatorIndex,
                duty -> asked.contains(duty.validatorIndex())));
  }

  private static Query dutiesOf(String kind, long epoch, Collection<Long> indices) {
    if (indices.isEmpty()) {
      throw new IllegalArgumentException("duties of no validator");
    }
    return Query.post(
        "/eth/v1/validator/duties/" + kind + "/" + epoch, list(indices), indices.size());
  }

  private static ArrayNode list(Collection<Long> indices) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    indices.forEach(index -> list.add(Long.toString(index)));
    return list;
  }

  /**
   * @param key of which no two duties have the same
   */
  private static <D> List<D> duties(
      Answer answer,
      int dutiesMax,
      Function<JsonNode, Optional<D>> reader,
      Function<D, Long> key,
      Predicate<D> isAskedFor) {
    List<D> duties = new ArrayList<>();
    Set<Long> answered = new HashSet<>();
    for (JsonNode item : answer.items(dutiesMax)) {
      duties.add(
          reader
              .apply(item)
              .filter(isAskedFor)
              .filter(duty -> answered.add(key.apply(duty)))
              .orElseThrow(() -> answer.bad("a duty that was not asked for, or a malformed one")));
    }
    return List.copyOf(duties);
  }

  private static Bytes32 dependentRoot(Answer answer) {
    return ApiJson.root(answer.json().path("dependent_root"))
        .orElseThrow(() -> answer.bad("no dependent_root"));
  }

  /** What the node would have the first committee of {@code slot} attest: the index is 0. */
  public CompletionStage<AttestationData> attestationData(long slot) {
    Query query =
        Query.get("/eth/v1/validator/attestation_data", "slot=" + slot + "&committee_index=0", 1);
    return exchange(query, patience())
        .thenApply(answer ->
            answer.data(json ->
                AttestationData.ofJson(json)
                    .filter(data -> data.slot() == slot && data.index() == 0)));
  }

  /** The node's head, which members of the sync committee sign; none that may be invalid. */
  public CompletionStage<Bytes32> headRoot() {
    return exchange(Query.get("/eth/v1/beacon/blocks/head/root"), patience())
        .thenApply(answer -> verified(answer).data(BeaconNode::root));
  }

  private static Optional<Bytes32> root(JsonNode data) {
    return ApiJson.root(data.path("root"));
  }

  /**
   * consensus-specs, sync/optimistic.md: nobody signs what rests on a head that is not verified.
   */
  private static Answer verified(Answer answer) {
    if (answer.json().path("execution_optimistic").asBoolean()) {
      throw answer.bad("of a head that the execution client has not verified");
    }
    return answer;
  }

  /**
   * What the node has of a committee's attestations with this data.
   *
   * @param data as signed at {@code fork}
   */
  public CompletionStage<AggregateAttestation> aggregate(
      Fork fork, AttestationData data, long committee) {
    Deadline deadline = patience();
    String route = "validator/aggregate_attestation";
    String wanted = "attestation_data_root=" + data.hashTreeRoot() + "&slot=" + data.slot();
    Query v2 = Query.get("/eth/v2/" + route, wanted + "&committee_index=" + committee, 1);
    Query v1 = Query.get("/eth/v1/" + route, wanted, 1);
    return exchange(v2, deadline)
        .thenCompose(answer ->
            answer.isOfNoSuchRoute() && !fork.isAtLeast(Fork.ELECTRA)
                ? exchange(v1, deadline)
                : CompletableFuture.completedFuture(answer))
        .thenApply(answer ->
            answer.data(json ->
                AggregateAttestation.ofJson(json, fork)
                    .filter(aggregate -> aggregate.data().equals(data))
                    .filter(aggregate -> aggregate.committee().orElse(-1) == committee)));
  }

  /**
   * What the node has of the messages in which members of a part of the sync committee name a head.
   */
  public CompletionStage<SyncCommitteeContribution> contribution(
      long slot, int subcommittee, Bytes32 head) {
    Query query =
        Query.get(
            "/eth/v1/validator/sync_committee_contribution",
            "slot=%s&subcommittee_index=%s&beacon_block_root=%s"
                .formatted(slot, subcommittee, head),
            1);
    return exchange(query, patience())
        .thenApply(answer ->
            answer.data(json ->
                SyncCommitteeContribution.ofJson(json)
                    .filter(contribution ->
                        contribution.slot() == slot
                            && contribution.subcommitteeIndex() == subcommittee
                            && contribution.beaconBlockRoot().equals(head))));
  }

  /**
   * The block that the node would propose, with its blobs if it has any.
   *
   * @return of the slot and its fork; whether it is one to sign is for the duty's rule
   */
  public CompletionStage<Proposal> block(DutySlot at, BlockRequest request) {
    Deadline deadline = patience();
    String route = "validator/blocks/" + at.slot();
    return blockExchange(Query.get("/eth/v3/" + route, request.parameters(), 1), deadline)
        .thenCompose(answer ->
            answer.isOfNoSuchRoute()
                ? blockExchange(
                    Query.get("/eth/v2/" + route, request.olderParameters(), 1), deadline)
                : CompletableFuture.completedFuture(answer))
        .thenApply(answer -> block(answer, at));
  }

  private CompletionStage<Answer> blockExchange(Query query, Deadline deadline) {
    return http.send(query.call(url), query.request(url, BLOCK_FORMS), BLOCK_BYTES_MAX, deadline);
  }

  static Proposal block(Answer answer, DutySlot at) {
    Bytes content = answer.content();
    Fork fork = at.fork();
    // Lodestar 1.5.1 has it in the body only.
    String version =
        answer
            .header("eth-consensus-version")
            .orElseGet(() -> answer.isSsz() ? "" : answer.json().path("version").asText());
    if (!version.equals(fork.consensusVersion())) {
      throw answer.bad("a block of fork \"%s\", not %s".formatted(version, fork));
    }
    Kind kind =
        answer.header("eth-execution-payload-blinded").filter("true"::equals).isPresent()
            ? Kind.BLINDED
            : Kind.FULL;
    Optional<Proposal> proposal =
        answer.isSsz()
            ? Proposal.of(fork, kind, content)
            : Proposal.ofJson(at.types(), fork, kind, answer.json().path("data"));
    return proposal
        .filter(block -> block.slot() == at.slot())
        .orElseThrow(() -> answer.bad("no block of slot " + at.slot()));
  }

  // ---- what became of duties, which nobody waits for

  /**
   * Whether the chain has the attestations of validators; those of which the node does not tell are
   * absent. One request for all of them.
   *
   * @param epoch the last but one, or an earlier one: until its successor ends blocks may include
   *     them
   * @param indices of validators that attested in the epoch
   */
  public CompletionStage<Map<Long, Inclusion>> attestationInclusion(
      long epoch, Collection<Long> indices) {
    return patiently(
            Query.post(
                "/eth/v1/beacon/rewards/attestations/" + epoch,
                list(indices),
                indices.size() + IDEAL_REWARDS_ITEMS))
        .thenApply(answer -> attestationInclusion(answer, Set.copyOf(indices)));
  }

  static Map<Long, Inclusion> attestationInclusion(Answer answer, Set<Long> asked) {
    return rewards(
        verified(answer),
        answer.data(data -> Optional.of(data.path("total_rewards"))),
        asked,
        AttestationReward::ofJson,
        AttestationReward::validatorIndex,
        AttestationReward::inclusion);
  }

  /**
   * Whether the chain has what members of the sync committee signed in a slot: only the next slot's
   * block can. One request for all of them; another one where there seems to be no such block.
   *
   * @param slot some slots ago, so that its successor's block stays
   * @param indices of members of the committee
   */
  public CompletionStage<Map<Long, Inclusion>> syncInclusion(long slot, Collection<Long> indices) {
    Set<Long> asked = Set.copyOf(indices);
    String path = "/eth/v1/beacon/rewards/sync_committee/" + (slot + 1);
    return patiently(Query.post(path, list(indices), indices.size()))
        .thenCompose(answer ->
            answer.isOfNoSuchRoute()
                ? blockRoot(slot + 1)
                    .thenApply(root -> {
                      // With a block it is the route that is missing, or its state.
                      root.ifPresent(_ -> answer.content());
                      return asked.stream()
                          .collect(Collectors.toMap(index -> index, _ -> Inclusion.NOT_INCLUDED));
                    })
                : CompletableFuture.completedFuture(syncInclusion(answer, asked)));
  }

  static Map<Long, Inclusion> syncInclusion(Answer answer, Set<Long> asked) {
    return rewards(
        verified(answer),
        answer.data(Optional::of),
        asked,
        SyncReward::ofJson,
        SyncReward::validatorIndex,
        SyncReward::inclusion);
  }

  /**
   * @param list at most one of each that was asked for
   */
  private static <R> Map<Long, Inclusion> rewards(
      Answer answer,
      JsonNode list,
      Set<Long> asked,
      Function<JsonNode, Optional<R>> reader,
      Function<R, Long> index,
      Function<R, Inclusion> meaning) {
    Map<Long, Inclusion> found = new HashMap<>();
    for (JsonNode item : list) {
      R reward =
          reader
              .apply(item)
              .filter(one -> asked.contains(index.apply(one)))
              .orElseThrow(() -> answer.bad("a reward that was not asked for, or a malformed one"));
      if (found.put(index.apply(reward), meaning.apply(reward)) != null) {
        throw answer.bad("two rewards of one validator");
      }
    }
    if (!list.isArray()) {
      throw answer.bad("no list of rewards");
    }
    return Map.copyOf(found);
  }

  /**
   * The root of a slot's block; empty if the chain has none there.
   *
   * @param slot some slots ago: of one that it has not come to yet a node says that it has none
   */
  public CompletionStage<Optional<Bytes32>> blockRoot(long slot) {
    return patiently(Query.get("/eth/v1/beacon/blocks/" + slot + "/root"))
        .thenApply(answer ->
            answer.status() == NOT_FOUND
                ? Optional.empty()
                : Optional.of(verified(answer).data(BeaconNode::root)));
  }

  private CompletionStage<Answer> patiently(Query query) {
    return exchange(patient, query, Deadline.in(PATIENT_TIMEOUT_MILLIS));
  }

  /**
   * Hands items to the node.
   *
   * @return one outcome for each, in order
   */
  public CompletionStage<List<SubmissionOutcome>> submit(Submission submission) {
    return submission.items().isEmpty()
        ? CompletableFuture.completedFuture(List.of())
        : submit(submission, patience());
  }

  private CompletionStage<List<SubmissionOutcome>> submit(
      Submission submission, Deadline deadline) {
    int items = submission.items().size();
    return exchange(submission.query(), deadline)
        .thenCompose(answer ->
            answer.isOfNoSuchForm()
                ? exchange(submission.jsonQuery(), deadline)
                : CompletableFuture.completedFuture(answer))
        .thenCompose(answer ->
            Optional.of(submission)
                .filter(_ -> answer.isOfNoSuchRoute())
                .flatMap(Submission::olderQuery)
                .map(older -> exchange(older, deadline))
                .orElse(CompletableFuture.completedFuture(answer)))
        .thenCompose(answer -> outcomes(submission, answer, deadline))
        .exceptionally(failure -> {
          LOG.warn("{} items are not known to have arrived: {}", items, text(failure));
          return Collections.nCopies(items, SubmissionOutcome.UNKNOWN);
        });
  }

  private CompletionStage<List<SubmissionOutcome>> outcomes(
      Submission submission, Answer answer, Deadline deadline) {
    List<Submission.Item> items = submission.items();
    if (answer.isSuccess()) {
      return CompletableFuture.completedFuture(
          Collections.nCopies(items.size(), SubmissionOutcome.ACCEPTED));
    }
    boolean isAboutItems = answer.status() == BAD_REQUEST || answer.status() == INTERNAL_ERROR;
    Optional<Map<Integer, String>> failures = answer.failures(items.size());
    if (isAboutItems && failures.isPresent()) {
      return CompletableFuture.completedFuture(
          IntStream.range(0, items.size())
              .mapToObj(item ->
                  Optional.ofNullable(failures.get().get(item))
                      .map(words -> outcome(items.get(item), answer, words))
                      .orElse(SubmissionOutcome.ACCEPTED))
              .toList());
    }
    if (isAboutItems && items.size() == 1) {
      return CompletableFuture.completedFuture(
          List.of(outcome(items.getFirst(), answer, answer.message())));
    }
    if (isAboutItems) {
      // One bad item fails the whole POST at such a node: let each stand for itself.
      return Source.from(items)
          .mapAsync(PARALLEL_PARTS, item -> submit(submission.with(List.of(item)), deadline))
          .mapConcat(List::copyOf)
          .runWith(Sink.seq(), materializer);
    }
    throw new BeaconException(
        new BeaconError.BadStatus(answer.call(), answer.status(), answer.message()));
  }

  private static SubmissionOutcome outcome(Submission.Item item, Answer answer, String words) {
    SubmissionOutcome outcome =
        SubmissionTexts.meaningOf(words)
            .orElse(
                answer.status() == BAD_REQUEST
                    ? SubmissionOutcome.REJECTED
                    : SubmissionOutcome.UNKNOWN);
    if (!outcome.isSuccess()) {
      LOG.warn("{}: {}: {}: {}", answer.call(), item.name(), outcome, BoundedText.of(words));
    }
    return outcome;
  }

  private static String text(Throwable failure) {
    return BeaconException.errorOf(failure).map(BeaconError::describe).orElse(failure.toString());
  }

  private CompletionStage<Answer> exchange(Query query, Deadline deadline) {
    return exchange(http, query, deadline);
  }

  private CompletionStage<Answer> exchange(HttpExchange how, Query query, Deadline deadline) {
    return how.send(
        query.call(url),
        query.request(url),
        BODY_BYTES_MAX + (long) query.items() * ITEM_BYTES_MAX,
        deadline);
  }

  private Deadline patience() {
    return Deadline.in(timeoutMillis);
  }
}
