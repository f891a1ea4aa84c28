/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.actors.sign.ClientDesk;
import dev.quorate.actors.sign.ClientDesk.Handed;
import dev.quorate.actors.sign.ClientProblem;
import dev.quorate.actors.sign.ShareSource.Request;
import dev.quorate.actors.validator.Doubles;
import dev.quorate.config.Release;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.SlotTimes;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;
import dev.quorate.http.validator.ClientMessages.Message;
import dev.quorate.http.validator.ClientMessages.Reader;
import dev.quorate.http.validator.ClientMessages.Signer;
import dev.quorate.http.validator.ClientRequest.MalformedException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The client's duties: what it is handed out was agreed on and granted by the guard, and what it
 * hands in goes to the desk. Whatever else its requests say (graffiti, fee recipients, builders) is
 * not heeded: the cluster's configuration says it.
 */
final class ClientDuties {
  private static final int SIGNATURE_BYTES = 96;

  /** Such a part of a slot they wait who ask for proofs ahead of the next slot. */
  private static final int AHEAD_PATIENCE_PART = 2;

  private final ClientDesk desk;
  private final SlotTimes times;
  private final LongSupplier clock;
  private final ClusterIndices cluster;
  private final IntFunction<CompletionStage<Void>> exits;
  private final Doubles doubles;
  private final ClientMessages messages;

  ClientDuties(ValidatorApi.Parts parts, ClusterIndices cluster) {
    this.desk = parts.desk();
    this.times = parts.times();
    this.clock = parts.clock();
    this.cluster = cluster;
    this.exits = parts.exits();
    this.doubles = parts.doubles();
    this.messages = new ClientMessages(times.spec(), times.genesis());
  }

  // ---- what is to be signed

  CompletionStage<ClientAnswer> attestationData(ClientRequest asked) {
    OptionalLong slot = asked.number("slot");
    OptionalLong committee = asked.number("committee_index");
    boolean isOld = slot.isPresent() && !fork(slot.getAsLong()).isAtLeast(Fork.ELECTRA);
    if (slot.isEmpty() || (isOld && committee.isEmpty())) {
      return refused(ClientProblem.MALFORMED);
    }
    return granted(
        DutyType.ATTESTER,
        slot.getAsLong(),
        _ -> true,
        request -> {
          AttestationData agreed =
              AttestationData.decode(request.decided().content()).orElseThrow();
          AttestationData data =
              new AttestationData(
                  agreed.slot(),
                  isOld ? committee.getAsLong() : 0,
                  agreed.beaconBlockRoot(),
                  agreed.source(),
                  agreed.target());
          return withSsz(ClientAnswer.data(data.toJson()), data.encode());
        });
  }

  CompletionStage<ClientAnswer> aggregate(ClientRequest asked) {
    OptionalLong slot = asked.number("slot");
    Optional<Bytes32> root = asked.root("attestation_data_root");
    OptionalLong committee = asked.number("committee_index");
    if (slot.isEmpty() || root.isEmpty()) {
      return refused(ClientProblem.MALFORMED);
    }
    // Whoever is to aggregate by the group's proof has asked for it before.
    if (!desk.hasHanded(DutyType.PREPARE_AGGREGATOR, slot.getAsLong())) {
      return refused(ClientProblem.CLIENT_NOT_DISTRIBUTED);
    }
    Fork fork = fork(slot.getAsLong());
    return granted(
        DutyType.AGGREGATOR,
        slot.getAsLong(),
        request ->
            aggregate(request, fork)
                .filter(aggregate ->
                    aggregate.data().hashTreeRoot().equals(root.get())
                        && (committee.isEmpty() || aggregate.committee().equals(committee)))
                .isPresent(),
        request -> {
          AggregateAttestation aggregate = aggregate(request, fork).orElseThrow();
          ClientAnswer.Data data = ClientAnswer.data(aggregate.toJson());
          return withSsz(
              asked.route() == ClientRoute.AGGREGATE_V2 ? of(fork, data) : data,
              aggregate.encode());
        });
  }

  private Optional<AggregateAttestation> aggregate(Request request, Fork fork) {
    return AggregateAttestation.decode(request.decided().content(), fork, times.spec().preset());
  }

  CompletionStage<ClientAnswer> contribution(ClientRequest asked) {
    OptionalLong slot = asked.number("slot");
    OptionalLong part = asked.number("subcommittee_index");
    Optional<Bytes32> root = asked.root("beacon_block_root");
    if (slot.isEmpty() || part.isEmpty() || root.isEmpty()) {
      return refused(ClientProblem.MALFORMED);
    }
    if (!desk.hasHanded(DutyType.PREPARE_SYNC_CONTRIBUTION, slot.getAsLong())) {
      return refused(ClientProblem.CLIENT_NOT_DISTRIBUTED);
    }
    Container type =
        new BeaconTypes(fork(slot.getAsLong()), times.spec().preset())
            .container("SyncCommitteeContribution");
    return granted(
        DutyType.SYNC_CONTRIBUTION,
        slot.getAsLong(),
        request -> contribution(request, type, part.getAsLong(), root.get()).isPresent(),
        request -> {
          SszValue contribution =
              contribution(request, type, part.getAsLong(), root.get()).orElseThrow();
          return withSsz(
              ClientAnswer.data(SszJson.write(type, contribution)), Ssz.encode(type, contribution));
        });
  }

  private static Optional<SszValue> contribution(
      Request request, Container type, long part, Bytes32 root) {
    return Ssz.decode(type, request.decided().content())
        .filter(one ->
            Ssz.number(type.field(one, "subcommittee_index")).longValue() == part
                && Ssz.octets(type.field(one, "beacon_block_root"))
                    .equals(Bytes.wrap(root.toArray())));
  }

  /** The head that the sync committee agreed to sign in the current slot, if it is known. */
  CompletionStage<Optional<ClientAnswer>> headRoot() {
    return desk.granted(DutyType.SYNC_MESSAGE, currentSlot(), _ -> true, 0)
        .thenApply(agreed ->
            agreed.map(request -> {
              ObjectNode root =
                  JsonNodeFactory.instance
                      .objectNode()
                      .put("root", Bytes32.of(request.decided().content().toArray()).toString());
              return ClientAnswer.data(root)
                  .with(json -> json.put("execution_optimistic", false).put("finalized", false));
            }));
  }

  /**
   * Other operators sign with other shares, which is no reason to think that this one is in use
   * elsewhere: what the chain saw of a validator says nothing, and what peers say of partials of
   * this operator that it did not make says all.
   */
  CompletionStage<ClientAnswer> liveness(ClientRequest asked) throws MalformedException {
    long epoch = asked.pathNumber().orElseThrow(MalformedException::new);
    long current = times.spec().epochOf(currentSlot());
    if (epoch > current || epoch < current - 1) {
      return refused(
          epoch > current ? ClientProblem.TOO_EARLY : ClientProblem.TOO_LATE,
          "; the epochs are %d and %d".formatted(current - 1, current));
    }
    List<Optional<SszValue>> indices = asked.items(new SszType.Uint(64));
    if (indices.stream().anyMatch(Optional::isEmpty)) {
      return refused(ClientProblem.MALFORMED);
    }
    List<Long> asks =
        indices.stream()
            .flatMap(Optional::stream)
            .map(index -> Ssz.number(index).longValue())
            .toList();
    return cluster
        .positions(Set.copyOf(asks), currentSlot())
        .thenApply(known -> {
          ArrayNode said = JsonNodeFactory.instance.arrayNode();
          asks.forEach(index ->
              Optional.ofNullable(known.get(index))
                  .ifPresent(validator ->
                      said.addObject()
                          .put("index", Long.toString(index))
                          .put("is_live", doubles.isLive(validator, epoch))));
          return ClientAnswer.data(said);
        });
  }

  // ---- blocks

  /** Only the slot and the randao reveal are taken from what the client asks. */
  CompletionStage<ClientAnswer> block(ClientRequest asked) {
    OptionalLong slot = asked.pathNumber();
    Optional<Bytes> reveal = asked.bytes("randao_reveal", SIGNATURE_BYTES);
    if (slot.isEmpty() || reveal.isEmpty()) {
      return refused(ClientProblem.MALFORMED);
    }
    long at = slot.getAsLong();
    // The duty says which validator proposes.
    return granted(DutyType.RANDAO, at, _ -> true)
        .thenCompose(found ->
            found.isEmpty()
                ? refused(absent(at))
                : reveal(found.get().duty(), at, reveal.get())
                    .thenCompose(problem ->
                        problem.isPresent()
                            ? CompletableFuture.completedStage(
                                new ClientAnswer.Refused(problem.get()))
                            : proposal(asked, at)));
  }

  private CompletionStage<Optional<ClientProblem>> reveal(DutyId duty, long slot, Bytes reveal) {
    return desk.take(List.of(new Handed(duty, messages.randaoRoot(slot), reveal)))
        .thenApply(outcomes -> outcomes.getFirst().filter(problem -> !problem.isHarmless()));
  }

  private CompletionStage<ClientAnswer> proposal(ClientRequest asked, long slot) {
    return granted(
        DutyType.PROPOSER,
        slot,
        _ -> true,
        request -> {
          Proposal proposal = Proposal.decode(request.decided()).orElseThrow();
          Container type =
              new BeaconTypes(proposal.fork(), times.spec().preset())
                  .container(proposal.container());
          boolean isBlinded = proposal.kind() == Proposal.Kind.BLINDED;
          ClientAnswer.Data data =
              withSsz(
                  of(
                      proposal.fork(),
                      ClientAnswer.data(() ->
                          SszJson.write(type, Ssz.decode(type, proposal.ssz()).orElseThrow()))),
                  proposal.ssz());
          if (asked.route() != ClientRoute.BLOCK_V3) {
            // Clients of those days ask for it, though the contract does not know it.
            return isBlinded == (asked.route() == ClientRoute.BLINDED_BLOCK)
                ? data.with(json -> json.put("block_value", "1"))
                : new ClientAnswer.Refused(ClientProblem.NO_DATA);
          }
          // Figures of one operator's beacon node: the others' differ, so nobody's are told.
          return new ClientAnswer.Data(
              data.with(json ->
                      json.put("execution_payload_blinded", isBlinded)
                          .put("execution_payload_value", "1")
                          .put("consensus_block_value", "1"))
                  .writer(),
              data.version(),
              Map.of(
                  "Eth-Execution-Payload-Blinded", Boolean.toString(isBlinded),
                  "Eth-Execution-Payload-Value", "1",
                  "Eth-Consensus-Block-Value", "1"),
              data.ssz());
        });
  }

  CompletionStage<ClientAnswer> publish(ClientRequest asked, String prefix)
      throws MalformedException {
    Optional<Fork> fork =
        asked.version().isEmpty()
            ? Optional.of(fork(currentSlot()))
            : asked.fork().filter(known -> known == fork(currentSlot()));
    if (fork.isEmpty()) {
      return refused(ClientProblem.UNKNOWN_VERSION);
    }
    Reader reader = messages.block(fork.get(), prefix);
    return identified(List.of(reader.read(asked.one(reader.type()))))
        .thenCompose(this::take)
        .thenApply(outcomes ->
            isTaken(outcomes.getFirst())
                ? new ClientAnswer.Taken()
                : new ClientAnswer.Refused(outcomes.getFirst().orElseThrow()));
  }

  // ---- what was signed

  CompletionStage<ClientAnswer> attestations(ClientRequest asked) throws MalformedException {
    Optional<Fork> form = form(asked);
    return form.isEmpty()
        ? refused(ClientProblem.UNKNOWN_VERSION)
        : handedIn(asked, messages.attestations(form.get()));
  }

  CompletionStage<ClientAnswer> syncMessages(ClientRequest asked) throws MalformedException {
    return handedIn(asked, messages.syncMessages(fork(currentSlot())));
  }

  /** Once it is verified it counts as this operator's approval, which outlives the pod. */
  CompletionStage<ClientAnswer> exit(ClientRequest asked) throws MalformedException {
    Reader reader = messages.exits();
    Optional<Message> exit = reader.read(asked.one(reader.type()));
    long period = times.firstSlotOfPeriod(currentSlot());
    if (exit.filter(message -> message.slot() != period).isPresent()) {
      return refused(
          ClientProblem.WRONG_EPOCH, ": sign it with epoch " + times.spec().epochOf(period));
    }
    return identified(List.of(exit))
        .thenCompose(items ->
            take(items)
                .thenCompose(outcomes ->
                    isTaken(outcomes.getFirst())
                        ? exits
                            .apply(((Item.Known) items.getFirst()).duty().validator())
                            .thenApply(_ -> new ClientAnswer.Taken())
                        : CompletableFuture.completedStage(
                            new ClientAnswer.Refused(outcomes.getFirst().orElseThrow()))));
  }

  private CompletionStage<ClientAnswer> handedIn(ClientRequest asked, Reader reader)
      throws MalformedException {
    return identified(read(asked, reader)).thenCompose(this::take).thenApply(ClientAnswer::of);
  }

  CompletionStage<ClientAnswer> aggregates(ClientRequest asked) throws MalformedException {
    Optional<Fork> form = form(asked);
    return form.isEmpty()
        ? refused(ClientProblem.UNKNOWN_VERSION)
        : proven(asked, messages.aggregates(form.get()), DutyType.PREPARE_AGGREGATOR);
  }

  CompletionStage<ClientAnswer> contributions(ClientRequest asked) throws MalformedException {
    return proven(
        asked, messages.contributions(fork(currentSlot())), DutyType.PREPARE_SYNC_CONTRIBUTION);
  }

  /** Who aggregates by anything but the group's proof does not know that it is one of a group. */
  private CompletionStage<ClientAnswer> proven(ClientRequest asked, Reader reader, DutyType proof)
      throws MalformedException {
    return identified(read(asked, reader))
        .thenCompose(items -> all(items.stream().map(item -> proven(item, proof)).toList()))
        .thenCompose(this::take)
        .thenApply(ClientAnswer::of);
  }

  private CompletionStage<Item> proven(Item item, DutyType proof) {
    return switch (item) {
      case Item.Wrong _ -> CompletableFuture.completedStage(item);
      // What comes too late says so: the proof may be forgotten by now.
      case Item.Known(_, DutyId duty)
          when times.deadlineMillis(duty.type(), duty.slot()) < clock.getAsLong() ->
          CompletableFuture.completedStage(item);
      case Item.Known(Message message, DutyId duty) ->
          desk.completed(new DutyId(proof, duty.slot(), duty.validator(), duty.part()), 0)
              .thenApply(group ->
                  group.isPresent() && group.equals(message.selectionProof())
                      ? item
                      : new Item.Wrong(ClientProblem.CLIENT_NOT_DISTRIBUTED));
    };
  }

  /**
   * The fork whose form the messages have. The first version of a route has the form of before
   * electra alone.
   */
  private Optional<Fork> form(ClientRequest asked) {
    boolean isNamed =
        asked.route() == ClientRoute.ATTESTATIONS_V2 || asked.route() == ClientRoute.AGGREGATES_V2;
    return isNamed
        ? asked.fork()
        : Optional.of(fork(currentSlot())).filter(fork -> !fork.isAtLeast(Fork.ELECTRA));
  }

  /**
   * As clients log it: name and release, and the name by which Vouch knows that its key is a share:
   * it refuses every block otherwise, which holds the group's randao reveal and not its own.
   */
  static ClientAnswer version() {
    return ClientAnswer.data(
        JsonNodeFactory.instance
            .objectNode()
            .put("version", "quorate/" + Release.VERSION + " (charon-compatible)"));
  }

  // ---- selection proofs

  CompletionStage<ClientAnswer> selections(ClientRequest asked) throws MalformedException {
    return selections(asked, messages.selections(), DutyType.AGGREGATOR);
  }

  CompletionStage<ClientAnswer> syncSelections(ClientRequest asked) throws MalformedException {
    return selections(asked, messages.syncSelections(), DutyType.SYNC_CONTRIBUTION);
  }

  /**
   * The group's proofs, once they are made; without those that are not in time. Clients ask for a
   * slot when it begins, or the one before; or when an epoch begins for this and the next; or for
   * these once, and then in each slot for the one that is an epoch ahead.
   *
   * @param purpose the duty that they are for: once it is due, they are late
   */
  private CompletionStage<ClientAnswer> selections(
      ClientRequest asked, Reader reader, DutyType purpose) throws MalformedException {
    return identified(read(asked, reader))
        .thenCompose(items ->
            take(items)
                .thenCompose(outcomes -> {
                  List<Item.Known> taken =
                      IntStream.range(0, items.size())
                          .filter(i -> isTaken(outcomes.get(i)))
                          .mapToObj(i -> (Item.Known) items.get(i))
                          .toList();
                  return taken.isEmpty() && !items.isEmpty()
                      ? CompletableFuture.completedStage(ClientAnswer.of(outcomes))
                      : proofs(taken, purpose);
                }));
  }

  private static boolean isTaken(Optional<ClientProblem> outcome) {
    return outcome.filter(problem -> !problem.isHarmless()).isEmpty();
  }

  /**
   * Whoever asks for a slot that runs or is next can use the answer until its purpose is due;
   * whoever asks far ahead gives up after a slot, and then has none of those that are complete.
   */
  static long patienceMillis(SlotTimes times, long currentSlot, LongStream slots) {
    boolean isAhead = slots.anyMatch(slot -> slot > currentSlot + 1);
    return times.spec().slotMillis() / (isAhead ? AHEAD_PATIENCE_PART : 1);
  }

  private CompletionStage<ClientAnswer> proofs(List<Item.Known> taken, DutyType purpose) {
    long latestMillis =
        clock.getAsLong()
            + patienceMillis(
                times, currentSlot(), taken.stream().mapToLong(item -> item.duty().slot()));
    return all(taken.stream()
            .map(item ->
                desk.completed(
                    item.duty(),
                    Math.min(times.dueMillis(purpose, item.duty().slot()), latestMillis)))
            .toList())
        .thenApply(signatures -> {
          ArrayNode complete = JsonNodeFactory.instance.arrayNode();
          for (int i = 0; i < taken.size(); i++) {
            Item.Known item = taken.get(i);
            signatures.get(i).ifPresent(proof -> complete.add(selection(item, proof)));
          }
          return ClientAnswer.data(complete);
        });
  }

  private static JsonNode selection(Item.Known item, Bytes proof) {
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("validator_index", Long.toString(((Signer.Index) item.message().signer()).index()))
            .put("slot", Long.toString(item.duty().slot()));
    if (item.duty().type() == DutyType.PREPARE_SYNC_CONTRIBUTION) {
      json.put("subcommittee_index", Integer.toString(item.duty().part()));
    }
    return json.put("selection_proof", ApiJson.hex(proof));
  }

  // ---- whose it is

  /** A message with the duty that it is of, or why it has none. */
  private sealed interface Item {
    record Known(Message message, DutyId duty) implements Item {}

    record Wrong(ClientProblem problem) implements Item {}
  }

  private static List<Optional<Message>> read(ClientRequest asked, Reader reader)
      throws MalformedException {
    return asked.items(reader.type()).stream().map(item -> item.flatMap(reader::read)).toList();
  }

  private CompletionStage<List<Item>> identified(List<Optional<Message>> items) {
    Set<Long> indices =
        items.stream()
            .flatMap(Optional::stream)
            .flatMap(message ->
                message.signer() instanceof Signer.Index(long index)
                    ? Stream.of(index)
                    : Stream.empty())
            .collect(Collectors.toSet());
    return cluster
        .positions(indices, currentSlot())
        .thenCompose(known ->
            all(
                items.stream()
                    .map(item ->
                        item.map(message -> identified(known, message))
                            .orElseGet(() -> wrong(ClientProblem.MALFORMED)))
                    .toList()));
  }

  private CompletionStage<Item> identified(Map<Long, Integer> known, Message message) {
    return switch (message.signer()) {
      case Signer.Index(long index) ->
          CompletableFuture.completedStage(item(message, Optional.ofNullable(known.get(index))));
      case Signer.Seat seat -> {
        // Nobody is asked for duties of epochs that have nothing to do with now.
        if (message.slot() > currentSlot() + 1) {
          yield wrong(ClientProblem.TOO_EARLY);
        }
        if (times.deadlineMillis(message.type(), message.slot()) < clock.getAsLong()) {
          yield wrong(ClientProblem.TOO_LATE);
        }
        yield cluster
            .seated(
                known, times.spec().epochOf(message.slot()), message.slot(), seat, currentSlot())
            .thenApply(position ->
                item(
                    message,
                    position.isPresent() ? Optional.of(position.getAsInt()) : Optional.empty()));
      }
    };
  }

  private static Item item(Message message, Optional<Integer> position) {
    return position
        .<Item>map(validator ->
            new Item.Known(
                message, new DutyId(message.type(), message.slot(), validator, message.part())))
        .orElseGet(() -> new Item.Wrong(ClientProblem.UNKNOWN_VALIDATOR));
  }

  private static CompletionStage<Item> wrong(ClientProblem problem) {
    return CompletableFuture.completedStage(new Item.Wrong(problem));
  }

  /** Hands in what can be; answers in the order of the items. */
  private CompletionStage<List<Optional<ClientProblem>>> take(List<Item> items) {
    List<Handed> handed = new ArrayList<>();
    for (Item item : items) {
      switch (item) {
        case Item.Known(Message message, DutyId duty) ->
            handed.add(new Handed(duty, message.root(), message.signature()));
        case Item.Wrong(ClientProblem problem) -> desk.refused(problem);
      }
    }
    return desk.take(handed)
        .thenApply(outcomes -> {
          Iterator<Optional<ClientProblem>> next = outcomes.iterator();
          return items.stream()
              .map(item ->
                  switch (item) {
                    case Item.Known _ -> next.next();
                    case Item.Wrong(ClientProblem problem) -> Optional.of(problem);
                  })
              .toList();
        });
  }

  // ---- short forms

  private CompletionStage<ClientAnswer> granted(
      DutyType type, long slot, Predicate<Request> wanted, Function<Request, ClientAnswer> answer) {
    return granted(type, slot, wanted)
        .thenCompose(found ->
            found
                .map(request -> CompletableFuture.completedStage(answer.apply(request)))
                .orElseGet(() -> refused(absent(slot))));
  }

  /** Until the slot is over: then the client has other things to do. */
  private CompletionStage<Optional<Request>> granted(
      DutyType type, long slot, Predicate<Request> wanted) {
    return slot > currentSlot() + 1
        ? CompletableFuture.completedStage(Optional.empty())
        : desk.granted(type, slot, wanted, times.startMillis(slot + 1));
  }

  private ClientProblem absent(long slot) {
    return slot > currentSlot() + 1 ? ClientProblem.TOO_EARLY : ClientProblem.NO_DATA;
  }

  private CompletionStage<ClientAnswer> refused(ClientProblem problem) {
    return refused(problem, "");
  }

  private CompletionStage<ClientAnswer> refused(ClientProblem problem, String detail) {
    desk.refused(problem);
    return CompletableFuture.completedStage(new ClientAnswer.Refused(problem, detail));
  }

  private long currentSlot() {
    return Math.max(0, times.slotAt(clock.getAsLong()));
  }

  private Fork fork(long slot) {
    return times.spec().forkAtSlot(slot);
  }

  private static ClientAnswer.Data of(Fork fork, ClientAnswer.Data data) {
    return new ClientAnswer.Data(
        data.with(json -> json.put("version", fork.consensusVersion())).writer(),
        Optional.of(fork),
        data.headers(),
        data.ssz());
  }

  private static ClientAnswer.Data withSsz(ClientAnswer.Data data, Bytes ssz) {
    return new ClientAnswer.Data(data.writer(), data.version(), data.headers(), Optional.of(ssz));
  }

  private static <T> CompletionStage<List<T>> all(List<CompletionStage<T>> stages) {
    List<CompletableFuture<T>> futures =
        stages.stream().map(CompletionStage::toCompletableFuture).toList();
    return CompletableFuture.allOf(futures.toArray(CompletableFuture<?>[]::new))
        .thenApply(_ -> futures.stream().map(CompletableFuture::join).toList());
  }
}
