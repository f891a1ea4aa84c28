/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.actors.errand.InfoSync;
import dev.quorate.actors.peer.PeerCounters;
import dev.quorate.config.ExitApproval;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.consensus.duty.Reason;
import dev.quorate.consensus.duty.Signable;
import dev.quorate.consensus.feature.Features;
import dev.quorate.ethereum.slashing.SigningRule;
import dev.quorate.ethereum.slashing.WatermarkKind;
import dev.quorate.ethereum.slashing.Watermarks;
import dev.quorate.http.Answer.Refusal;
import dev.quorate.http.Query.BadParameterException;
import dev.quorate.http.view.CheckView;
import dev.quorate.http.view.ExitView;
import dev.quorate.http.view.ImpairmentView;
import dev.quorate.http.view.LivenessView;
import dev.quorate.http.view.NodeView;
import dev.quorate.http.view.PeersView;
import dev.quorate.http.view.PodsView;
import dev.quorate.http.view.ReadinessView;
import dev.quorate.http.view.ValidatorView;
import dev.quorate.http.view.ValidatorView.Watermark;
import dev.quorate.http.view.ValidatorsView;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.function.BiFunction;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** What is said on each {@link Route}. Nothing here waits. */
final class Answers {
  /** Of every list that is given in parts. */
  static final int SIZE_MAX = 200;

  static final int SIZE_DEFAULT = 50;

  /**
   * Readings of guard or journal at a time: each takes a connection of those that guard, fence and
   * journal share, and of a database that hangs it may take one for long.
   */
  static final int READINGS_MAX = 2;

  private static final double NANOS_PER_MILLI = 1e6;

  private final PodView pod;
  private final DutyRecords records;
  private final DatabaseProbe database;
  private final Metrics metrics;
  private final Validators validators;
  private final Explainer explainer;
  private final String openApi;

  private final Semaphore readings = new Semaphore(READINGS_MAX);

  Answers(PodView pod, DutyRecords records, DatabaseProbe database, Metrics metrics) {
    this.pod = pod;
    this.records = records;
    this.database = database;
    this.metrics = metrics;
    this.openApi = readOpenApi();
    PodView.Facts facts = pod.facts();
    this.validators = new Validators(facts.keys());
    this.explainer =
        new Explainer(
            facts.operators().stream().map(PodView.OperatorFacts::name).toList(),
            facts.position(),
            validators,
            facts.times());
  }

  private static String readOpenApi() {
    try (InputStream resource = Answers.class.getResourceAsStream("openapi.json")) {
      byte[] text = Objects.requireNonNull(resource, "openapi.json").readAllBytes();
      return new String(text, StandardCharsets.UTF_8);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /**
   * @param parameter the one in the path, if the route has any
   */
  CompletionStage<Answer> to(Route route, String parameter, Query query)
      throws BadParameterException {
    return switch (route) {
      case NODE ->
          readiness()
              .thenCombine(
                  features(), (ready, features) -> new Answer.Found(node(ready, features)));
      case PEERS -> now(new PeersView(peers()));
      case VALIDATORS -> now(validators(query));
      case VALIDATOR -> validator(parameter);
      case PROTECTION_CHECK -> check(query);
      case DUTIES ->
          now(
              records.duties(
                  query.number("after", 0L, Long.MAX_VALUE),
                  query.number("limit", 1, SIZE_MAX, SIZE_DEFAULT)));
      case EXPLANATION -> explanation(query);
      case EXITS -> approve(query);
      case PODS -> pod.pods().thenApply(pods -> new Answer.Found(new PodsView(pods)));
      case LIVEZ -> now(new LivenessView(true));
      case READYZ -> readiness().thenApply(Answer.Readiness::new);
      case METRICS ->
          // The gauges tell what was asked last.
          database
              .isReachable()
              .thenApply(_ -> new Answer.Document(Metrics.CONTENT_TYPE, metrics.text()));
      case OPENAPI ->
          CompletableFuture.completedStage(new Answer.Document("application/json", openApi));
    };
  }

  private static CompletionStage<Answer> now(Object view) {
    return CompletableFuture.completedStage(new Answer.Found(view));
  }

  private CompletionStage<ReadinessView> readiness() {
    return database.isReachable().thenApply(_ -> readiness(pod, database));
  }

  /** By what the database answered last. */
  static ReadinessView readiness(PodView pod, DatabaseProbe database) {
    List<ImpairmentView> found = new ArrayList<>(Impairment.of(pod));
    if (!database.wasReachable()) {
      found.add(Impairment.ofDatabase());
    }
    return new ReadinessView(found.stream().noneMatch(ImpairmentView::blocking), found);
  }

  /** Of the operator, whichever pod has the entity whose journal tells it. */
  private CompletionStage<Optional<NodeView.Features>> features() {
    if (!pod.up().contains(InfoSync.VALIDATOR)) {
      return CompletableFuture.completedStage(Optional.empty());
    }
    return pod.journal(InfoSync.VALIDATOR)
        .thenApply(ledger ->
            ledger
                .lastDecision()
                .flatMap(decided ->
                    Features.read(decided.value())
                        .map(agreed ->
                            new NodeView.Features(
                                pod.facts().times().spec().epochOf(decided.duty().slot()),
                                agreed.names()))))
        // It may be on its way to another pod.
        .exceptionally(_ -> Optional.empty());
  }

  private NodeView node(ReadinessView readiness, Optional<NodeView.Features> features) {
    PodView.Facts facts = pod.facts();
    PodView.Tallies tallies = pod.tallies();
    long slot = facts.times().slotAt(pod.nowMillis());
    return new NodeView(
        facts.release(),
        facts.pod(),
        new NodeView.Operator(facts.position(), facts.operators().get(facts.position()).name()),
        new NodeView.Cluster(
            facts.cluster(),
            facts.clusterHash().toString(),
            facts.operators().size(),
            facts.quorum(),
            facts.threshold(),
            facts.keys().size()),
        new NodeView.Chain(
            facts.times().genesis().timeSeconds(),
            facts.times().genesis().validatorsRoot().toString(),
            slot,
            facts.times().spec().epochOf(slot)),
        features,
        readiness.ready(),
        readiness.impairments(),
        pod.beaconNodes(),
        pod.clock(),
        new NodeView.Duties(
            tallies.broadcast(), named(tallies.missed()), tallies.rounds(), tallies.diverged()));
  }

  private List<PeersView.Peer> peers() {
    PodView.Facts facts = pod.facts();
    Set<Integer> reachable = pod.reachable();
    return IntStream.range(0, facts.operators().size())
        .filter(operator -> operator != facts.position())
        .mapToObj(operator -> peer(operator, facts.operators().get(operator), reachable))
        .toList();
  }

  private PeersView.Peer peer(
      int position, PodView.OperatorFacts operator, Set<Integer> reachable) {
    PeerCounters.Counts counts = pod.counts(position);
    Optional<PeerCounters.Vitals> vitals = pod.vitals(position);
    return new PeersView.Peer(
        position,
        operator.name(),
        operator.address(),
        reachable.contains(position),
        vitals.map(PeerCounters.Vitals::pod),
        vitals.map(PeerCounters.Vitals::release),
        vitals
            .map(known -> OptionalDouble.of(known.roundTrip().toNanos() / NANOS_PER_MILLI))
            .orElse(OptionalDouble.empty()),
        vitals
            .map(known -> OptionalLong.of(known.clockOffsetMillis()))
            .orElse(OptionalLong.empty()),
        counts.framesSent(),
        counts.bytesSent(),
        counts.framesReceived(),
        counts.bytesReceived(),
        counts.framesDropped(),
        counts.linksOpened(),
        named(counts.refusals()),
        records.participation(position));
  }

  private static Map<String, Long> named(Map<Reason, Long> counts) {
    Map<String, Long> named = new LinkedHashMap<>();
    counts.forEach((reason, count) -> named.put(reason.name(), count));
    return named;
  }

  // ---- validators

  private ValidatorsView validators(Query query) throws BadParameterException {
    int page = query.number("page", 1, Integer.MAX_VALUE, 1);
    int size = query.number("size", 1, SIZE_MAX, SIZE_DEFAULT);
    String text = query.text("search").orElse("");
    List<Integer> found =
        validators.those(
            validators
                .search(text)
                .orElseThrow(() ->
                    new BadParameterException(
                        "search", "a position, or the begin of a public key in hexadecimal")));
    Set<Integer> up = pod.up();
    return new ValidatorsView(
        page,
        size,
        found.size(),
        found.stream()
            .skip((long) (page - 1) * size)
            .limit(size)
            .map(validator ->
                new ValidatorsView.Validator(
                    validator,
                    validators.key(validator),
                    up.contains(validator),
                    records.lastOf(validator)))
            .toList());
  }

  private CompletionStage<Answer> validator(String name) {
    return lookUp(
        name,
        pod::watermarks,
        (position, reading) ->
            pod.journal(position)
                .thenCombine(
                    reading,
                    (ledger, watermarks) ->
                        new Answer.Found(
                            new ValidatorView(
                                position,
                                validators.key(position),
                                pod.up().contains(position),
                                records.lastOf(position),
                                watermarks(watermarks),
                                JournalTale.of(ledger)))));
  }

  /**
   * @param reading from a validator's position, of what the database holds of it
   * @param answer from both
   */
  private <T> CompletionStage<Answer> lookUp(
      String name,
      IntFunction<CompletionStage<T>> reading,
      BiFunction<Integer, CompletionStage<T>, CompletionStage<Answer>> answer) {
    OptionalInt found = validators.one(name);
    if (found.isEmpty()) {
      return CompletableFuture.completedStage(
          new Answer.Refused(Refusal.UNKNOWN_VALIDATOR, Validators.NOT_ONE));
    }
    if (!readings.tryAcquire()) {
      return CompletableFuture.completedStage(
          new Answer.Refused(
              Refusal.TOO_BUSY,
              READINGS_MAX + " validators are being looked up already; ask again in a moment"));
    }
    int position = found.getAsInt();
    return answer.apply(
        position, reading.apply(position).whenComplete((_, _) -> readings.release()));
  }

  // ---- one duty

  private CompletionStage<Answer> explanation(Query query) throws BadParameterException {
    String validator = required(query, "validator");
    OptionalLong slot = query.number("slot", 0, Long.MAX_VALUE);
    if (slot.isEmpty()) {
      throw new BadParameterException("slot", "the slot of the duty");
    }
    String name = query.text("type").orElse("attester");
    DutyType type =
        Explainer.type(name)
            .orElseThrow(() -> new BadParameterException("type", Explainer.whyNoType(name)));
    return lookUp(
        validator,
        position -> pod.excerpt(new DutyId(type, slot.getAsLong(), position, 0)),
        (_, reading) ->
            reading.thenApply(excerpt ->
                explainer
                    .explain(excerpt, records.inclusion(excerpt.duty()), pod.nowMillis())
                    .<Answer>map(Answer.Found::new)
                    .orElseGet(() ->
                        new Answer.Refused(
                            Refusal.NOT_IN_JOURNAL,
                            explainer.whyNothing(excerpt, pod.nowMillis())))));
  }

  private static String required(Query query, String validator) throws BadParameterException {
    return query
        .text(validator)
        .orElseThrow(() -> new BadParameterException(validator, "position or public key"));
  }

  // ---- protection

  private CompletionStage<Answer> check(Query query) throws BadParameterException {
    OptionalLong slot = query.number("slot", 0, Long.MAX_VALUE);
    OptionalLong source = query.number("source", 0, Long.MAX_VALUE);
    OptionalLong target = query.number("target", 0, Long.MAX_VALUE);
    if (slot.isPresent() == target.isPresent() || source.isPresent() != target.isPresent()) {
      throw new BadParameterException(
          "query", "source and target of an attestation, or the slot of a block");
    }
    Bytes32 root = query.root("root").orElse(SigningRule.NEVER_GRANTED);
    String validator = required(query, "validator");
    WatermarkKind kind = slot.isPresent() ? WatermarkKind.BLOCK : WatermarkKind.ATTESTATION;
    Signable signable =
        new Signable(
            root, source.orElse(0), target.isPresent() ? target.getAsLong() : slot.orElseThrow());
    long currentSlot = pod.facts().times().slotAt(pod.nowMillis());
    long currentEpoch = pod.facts().times().spec().epochOf(Math.max(0, currentSlot));
    return lookUp(
        validator,
        pod::watermarks,
        (_, reading) ->
            reading.thenCombine(
                pod.quarantineNow(),
                (held, quarantine) -> {
                  Optional<String> objection =
                      pod.isSealed()
                          ? Optional.of("nobody knows yet what was signed: nothing is")
                          : SigningRule.objection(
                              kind, signable, held, quarantine, currentEpoch, currentSlot);
                  return new Answer.Found(new CheckView(objection.isEmpty(), objection));
                }));
  }

  private CompletionStage<Answer> approve(Query query) throws BadParameterException {
    PodView.Facts facts = pod.facts();
    String name = required(query, "validator");
    Bytes signature = query.signature("signature");
    long period = facts.times().firstSlotOfPeriod(facts.times().slotAt(pod.nowMillis()));
    // Another period's exit would be another message than the other operators sign.
    if (query.number("slot", 0, Long.MAX_VALUE).orElse(-1) != period) {
      throw new BadParameterException(
          "slot", "approvals are for the period that is running; it began with slot " + period);
    }
    OptionalInt validator = validators.one(name);
    if (validator.isEmpty()) {
      return CompletableFuture.completedStage(
          new Answer.Refused(Refusal.UNKNOWN_VALIDATOR, Validators.NOT_ONE));
    }
    int position = validator.getAsInt();
    return pod.approve(new ExitApproval(facts.keys().get(position), period, signature))
        .thenApply(isApproved ->
            isApproved
                ? new Answer.Found(
                    new ExitView(
                        position,
                        validators.key(position),
                        period,
                        facts.times().spec().epochOf(period),
                        facts.times().deadlineMillis(DutyType.EXIT, period),
                        facts.threshold()))
                : new Answer.Refused(
                    Refusal.WRONG_SIGNATURE,
                    "this is no approval of this operator: its identity key has to sign it"));
  }

  private static List<Watermark> watermarks(Watermarks known) {
    List<Watermark> watermarks = new ArrayList<>();
    if (known.attestation().target() >= 0) {
      watermarks.add(
          new Watermark(
              "ATTESTATION",
              OptionalLong.of(known.attestation().source()),
              known.attestation().target(),
              known.attestation().root().map(Object::toString)));
    }
    if (known.block().slot() >= 0) {
      watermarks.add(
          new Watermark(
              "BLOCK",
              OptionalLong.empty(),
              known.block().slot(),
              known.block().root().map(Object::toString)));
    }
    return watermarks;
  }
}
