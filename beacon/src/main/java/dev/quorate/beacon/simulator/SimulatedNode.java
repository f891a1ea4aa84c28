/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.beacon.simulator.SimulatorHttp.Asked;
import dev.quorate.beacon.simulator.SimulatorHttp.Events;
import dev.quorate.beacon.simulator.SimulatorHttp.Outcome;
import dev.quorate.beacon.simulator.SimulatorHttp.Reply;
import dev.quorate.beacon.simulator.SimulatorHttp.SszReply;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.attestation.Checkpoint;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.Proposal.Kind;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.SyncDuty;
import dev.quorate.ethereum.message.AggregateAttestation;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeContribution;
import dev.quorate.ethereum.message.VoluntaryExit;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;

/**
 * One node of the simulated chain: the endpoints that a validator client needs, with the answers
 * that real nodes give (ethereum/beacon-APIs v4.0.0; attestations and aggregates also in v1, as
 * v2.5.0 has it).
 */
final class SimulatedNode {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String ATTESTERS = "POST /eth/v1/validator/duties/attester/";
  private static final String PROPOSERS_V1 = "GET /eth/v1/validator/duties/proposer/";
  private static final String PROPOSERS_V2 = "GET /eth/v2/validator/duties/proposer/";
  private static final String SYNC_COMMITTEE = "POST /eth/v1/validator/duties/sync/";
  private static final String BLOCK_V2 = "GET /eth/v2/validator/blocks/";
  private static final String BLOCK_V3 = "GET /eth/v3/validator/blocks/";
  private static final String ATTESTATION_REWARDS = "POST /eth/v1/beacon/rewards/attestations/";
  private static final String SYNC_REWARDS = "POST /eth/v1/beacon/rewards/sync_committee/";

  /** The slot of a block is what stands before its end. */
  private static final Pattern BLOCK_ROOT =
      Pattern.compile("GET /eth/v1/beacon/blocks/([0-9]{1,18})/root");

  private static final String FAR_FUTURE_EPOCH = "18446744073709551615";

  private static final String SSZ = "application/octet-stream";

  /** Who is paid where nobody was named. */
  private static final Bytes NOBODY = Bytes.wrap(new byte[20]);

  /** How soon a subscriber hears of a block; by this clock, whatever the chain's does. */
  private static final Duration EVENTS_PAUSE = Duration.ofMillis(10);

  private static final String BALANCE_GWEI = "32000000000";

  /** What nodes answer while they are syncing. */
  private static final Set<String> ALWAYS_ANSWERED =
      Set.of(
          "GET /eth/v1/node/version",
          "GET /eth/v1/node/syncing",
          "GET /eth/v1/node/peer_count",
          "GET /eth/v1/beacon/genesis",
          "GET /eth/v1/config/spec");

  /** What hands nothing in. */
  private static final Pattern QUESTION =
      Pattern.compile("GET .*|POST .*/(validators|duties/.*|rewards/.*)");

  /** What it reads in SSZ, too. */
  private static final Set<String> PUBLISHING =
      Set.of("POST /eth/v2/beacon/blocks", "POST /eth/v2/beacon/blinded_blocks");

  private final SimulatedChain chain;
  private final Pools pools;
  private final Rewards rewards;
  private final InstantSource clock;
  private final AtomicInteger subscribers = new AtomicInteger();
  private final AtomicLong questions = new AtomicLong();
  private volatile List<Fault> faults = List.of();

  SimulatedNode(SimulatedChain chain, Pools pools, InstantSource clock) {
    this.chain = chain;
    this.pools = pools;
    this.rewards = new Rewards(chain, pools);
    this.clock = clock;
  }

  List<Fault> faults() {
    return faults;
  }

  void setFaults(List<Fault> faults) {
    this.faults = List.copyOf(faults);
    having(Fault.OtherHead.class).forEach(other -> chain.learnBlocks(other.salt()));
  }

  Outcome answer(Asked asked) {
    String route = asked.method() + " " + asked.path();
    if (QUESTION.matcher(route).matches()) {
      questions.incrementAndGet();
    }
    if (!ALWAYS_ANSWERED.contains(route) && having(Fault.Syncing.class).findAny().isPresent()) {
      return Reply.error(503, "Beacon node is currently syncing");
    }
    if (asked.isSsz() && !(takesSsz() && PUBLISHING.contains(route))) {
      return Reply.error(415, "Unsupported media type");
    }
    if (route.startsWith(ATTESTERS)) {
      return duties(route, epoch -> attesters(asked, epoch));
    }
    // By the older route what a block later in the chain decides.
    if (route.startsWith(PROPOSERS_V1)) {
      return duties(route, epoch -> proposers(epoch, dependentRoot(epoch + 1)));
    }
    if (route.startsWith(PROPOSERS_V2) && chain.config().fork().isAtLeast(Fork.FULU)) {
      return duties(route, epoch -> proposers(epoch, dependentRoot(epoch)));
    }
    if (route.startsWith(BLOCK_V2) || route.startsWith(BLOCK_V3)) {
      return block(asked, numberAtEndOf(route), route.startsWith(BLOCK_V3));
    }
    if (route.startsWith(SYNC_COMMITTEE)) {
      return syncCommittee(asked, numberAtEndOf(route));
    }
    if (route.startsWith(ATTESTATION_REWARDS)) {
      return attestationRewards(asked, numberAtEndOf(route));
    }
    if (route.startsWith(SYNC_REWARDS)) {
      return syncRewards(asked, numberAtEndOf(route));
    }
    Matcher block = BLOCK_ROOT.matcher(route);
    if (block.matches()) {
      return blockRoot(Long.parseLong(block.group(1)));
    }
    return switch (route) {
      case "GET /eth/v1/node/version" ->
          Reply.data(JSON.objectNode().put("version", "Quorate/simulator"));
      case "GET /eth/v1/node/syncing" -> syncing();
      case "GET /eth/v1/node/peer_count" -> peerCount();
      case "GET /eth/v1/events" -> events(asked);
      case "GET /eth/v1/beacon/genesis" -> Reply.data(chain.genesis().toJson());
      case "GET /eth/v1/config/spec" -> Reply.data(chain.specJson());
      case "GET /eth/v1/beacon/headers/head" -> head();
      case "GET /eth/v1/beacon/blocks/head/root" -> blockRoot();
      case "GET /eth/v1/beacon/states/head/finality_checkpoints" -> finality();
      case "GET /eth/v1/beacon/states/head/validators" ->
          validators(
              asked.parameters("id").stream()
                  .flatMap(ids -> Stream.of(ids.split(",")))
                  .collect(Collectors.toSet()));
      case "POST /eth/v1/beacon/states/head/validators" -> validators(ids(asked));
      case "GET /eth/v1/validator/attestation_data" -> attestationData(asked);
      case "POST /eth/v1/beacon/pool/attestations" -> submitV1(asked, pools.attestations::submit);
      case "POST /eth/v2/beacon/pool/attestations" -> submitV2(asked, pools.attestations::submit);
      case "GET /eth/v1/validator/aggregate_attestation" -> aggregateV1(asked);
      case "GET /eth/v2/validator/aggregate_attestation" -> aggregateV2(asked);
      case "POST /eth/v1/validator/aggregate_and_proofs" ->
          submitV1(asked, pools.aggregates::submit);
      case "POST /eth/v2/validator/aggregate_and_proofs" ->
          submitV2(asked, pools.aggregates::submit);
      case "POST /eth/v1/beacon/pool/sync_committees" -> submit(asked, pools.syncMessages::submit);
      case "GET /eth/v1/validator/sync_committee_contribution" -> contribution(asked);
      case "POST /eth/v1/validator/contribution_and_proofs" ->
          submit(asked, pools.contributions::submit);
      case "POST /eth/v1/validator/beacon_committee_subscriptions" ->
          take(asked, items -> pools.subscriptions.subscribe(items, currentSlot()));
      case "POST /eth/v1/validator/sync_committee_subscriptions" ->
          take(asked, items -> Subscriptions.subscribeSync(items, currentEpoch()));
      case "POST /eth/v1/validator/prepare_beacon_proposer" ->
          take(asked, pools.subscriptions::prepare);
      case "POST /eth/v1/validator/register_validator" -> register(asked);
      case "POST /eth/v1/beacon/pool/voluntary_exits" -> exit(asked);
      case "POST /eth/v2/beacon/blocks" -> publish(asked, Kind.FULL);
      case "POST /eth/v2/beacon/blinded_blocks" -> publish(asked, Kind.BLINDED);
      default -> Reply.error(404, "Route not found");
    };
  }

  private <F extends Fault> Stream<F> having(Class<F> kind) {
    return faults.stream().filter(kind::isInstance).map(kind::cast);
  }

  private long currentSlot() {
    return Math.max(0, chain.times().slotAt(clock.millis()));
  }

  private long currentEpoch() {
    return chain.spec().epochOf(currentSlot());
  }

  private Bytes32 headRoot(long slot) {
    return having(Fault.OtherHead.class)
        .findFirst()
        .map(other -> chain.otherBlockRoot(slot, other.salt()))
        .orElse(chain.blockRoot(slot));
  }

  private boolean isOptimistic() {
    return having(Fault.Optimistic.class).findAny().isPresent();
  }

  /** Of the node's newest block, with all that is wrong with it. */
  private long headSlot() {
    long behind =
        Stream.concat(
                having(Fault.OldHead.class).map(Fault.OldHead::slots),
                having(Fault.OldData.class).map(Fault.OldData::slots))
            .mapToLong(Long::longValue)
            .sum();
    return Math.max(0, announcedSlot() - behind);
  }

  /** Of the newest block of the chain, or of one that is still to come. */
  private long announcedSlot() {
    return chain.headSlotAt(clock.millis())
        + having(Fault.FutureHead.class).mapToLong(Fault.FutureHead::slots).sum();
  }

  private Reply syncing() {
    boolean isSyncing = having(Fault.Syncing.class).findAny().isPresent();
    long behind = having(Fault.OldHead.class).mapToLong(Fault.OldHead::slots).sum();
    // Half the way is as good a place to be as any.
    long headSlot = isSyncing ? currentSlot() / 2 : Math.max(0, announcedSlot() - behind);
    return Reply.data(
        JSON.objectNode()
            .put("head_slot", Long.toString(headSlot))
            .put("sync_distance", Long.toString(Math.max(0, currentSlot() - headSlot)))
            .put("is_syncing", isSyncing)
            .put("is_optimistic", isOptimistic())
            .put("el_offline", having(Fault.ExecutionOffline.class).findAny().isPresent()));
  }

  private Reply peerCount() {
    boolean isAlone = having(Fault.Peerless.class).findAny().isPresent();
    return Reply.data(
        JSON.objectNode()
            .put("disconnected", "3")
            .put("connecting", "0")
            .put("connected", isAlone ? "0" : "50")
            .put("disconnecting", "0"));
  }

  // ---- events

  private Outcome events(Asked asked) {
    if (having(Fault.NoEvents.class).findAny().isPresent()) {
      return Reply.error(404, "Route not found");
    }
    if (!asked.parameters("topics").equals(List.of("head"))) {
      return Reply.error(400, "Invalid topic");
    }
    return new Events(
        Source.tick(Duration.ZERO, EVENTS_PAUSE, "")
            .mapMaterializedValue(_ -> NotUsed.getInstance())
            .statefulMapConcat(() -> {
              Teller teller = new Teller();
              subscribers.incrementAndGet();
              return _ -> teller.news();
            })
            .watchTermination((notUsed, end) -> {
              end.whenComplete((_, _) -> subscribers.decrementAndGet());
              return notUsed;
            }));
  }

  long questions() {
    return questions.get();
  }

  int subscribers() {
    return subscribers.get();
  }

  /** What one subscriber has been told. */
  private final class Teller {
    private long slot = headSlot();
    private int reorganisations = chain.reorganisations();
    private long told;

    List<ByteString> news() {
      long headSlot = headSlot();
      boolean isNew = headSlot > slot || chain.reorganisations() != reorganisations;
      slot = headSlot;
      reorganisations = chain.reorganisations();
      return isNew ? List.of(event()) : List.of();
    }

    private ByteString event() {
      told++;
      String data =
          having(Fault.MalformedEvents.class).findAny().isPresent()
              ? "{\"slot\":" + slot + "}"
              : head().toString();
      return ByteString.fromString("event: head\ndata: " + data + "\n\n");
    }

    private ObjectNode head() {
      long epoch = chain.spec().epochOf(slot);
      return JSON.objectNode()
          .put("slot", Long.toString(slot))
          .put("block", headRoot(slot).toString())
          .put("state", Bytes32.ZERO.toString())
          .put("epoch_transition", slot % chain.spec().slotsPerEpoch() == 0)
          .put("previous_duty_dependent_root", dependentRoot(epoch).toString())
          .put("current_duty_dependent_root", dependentRoot(epoch + 1).toString())
          .put("execution_optimistic", isOptimistic());
    }

    private Bytes32 dependentRoot(long epoch) {
      return having(Fault.MadeUpRoots.class).findAny().isPresent()
          ? chain.otherBlockRoot(slot, told)
          : SimulatedNode.this.dependentRoot(epoch);
    }
  }

  private boolean knowsReorganisations() {
    return having(Fault.OldData.class).findAny().isEmpty();
  }

  private Bytes32 dependentRoot(long epoch) {
    return knowsReorganisations() ? chain.dependentRoot(epoch) : chain.firstDependentRoot(epoch);
  }

  // ---- the chain

  private Reply head() {
    long slot = headSlot();
    ObjectNode data = JSON.objectNode().put("root", headRoot(slot).toString());
    data.put("canonical", true)
        .putObject("header")
        .put("signature", ApiJson.hex(Bytes.wrap(new byte[96])))
        .putObject("message")
        .put("slot", Long.toString(slot))
        .put("proposer_index", "0")
        .put("parent_root", chain.blockRoot(Math.max(0, slot - 1)).toString())
        .put("state_root", Bytes32.ZERO.toString())
        .put("body_root", Bytes32.ZERO.toString());
    return Reply.data(data);
  }

  private Reply blockRoot() {
    return root(headRoot(headSlot()));
  }

  private Reply blockRoot(long slot) {
    return Optional.of(slot)
        .filter(past -> past <= headSlot())
        .flatMap(rewards::blockRoot)
        .map(this::root)
        .orElse(Reply.error(404, "Block not found"));
  }

  private Reply root(Bytes32 root) {
    return ofHead(JSON.objectNode().put("root", root.toString()));
  }

  private Reply ofHead(JsonNode data) {
    Reply reply = Reply.data(data);
    return isOptimistic() ? reply.optimistic() : reply;
  }

  // ---- what blocks paid

  private Reply attestationRewards(Asked asked, OptionalLong epoch) {
    if (lacksRewards() || epoch.isEmpty() || epoch.getAsLong() + 2 > currentEpoch()) {
      return Reply.error(404, "Epoch not known or required data not available");
    }
    ObjectNode data = JSON.objectNode();
    data.putArray("ideal_rewards");
    data.set(
        "total_rewards",
        ofValidators(asked, validator -> rewards.ofAttestation(validator, epoch.getAsLong())));
    return ofHead(data);
  }

  private Reply syncRewards(Asked asked, OptionalLong slot) {
    return lacksRewards()
            || slot.isEmpty()
            || slot.getAsLong() < 1
            || slot.getAsLong() > headSlot()
            || rewards.blockRoot(slot.getAsLong()).isEmpty()
        ? Reply.error(404, "Block not found")
        : ofHead(
            ofValidators(asked, validator -> rewards.ofSyncMessage(validator, slot.getAsLong())));
  }

  private boolean lacksRewards() {
    return having(Fault.NoRewards.class).findAny().isPresent();
  }

  private Reply finality() {
    long epoch = currentEpoch();
    ObjectNode data = JSON.objectNode();
    data.set("previous_justified", chain.justified(Math.max(0, epoch - 1)).toJson());
    data.set("current_justified", chain.justified(epoch).toJson());
    data.set("finalized", chain.finalised(epoch).toJson());
    return Reply.data(data);
  }

  private static Set<String> ids(Asked asked) {
    return asked
        .json()
        .map(json -> json.path("ids"))
        .map(ids -> ids.valueStream().map(JsonNode::asText).collect(Collectors.toSet()))
        .orElse(Set.of());
  }

  /** None asked for means all. */
  private Reply validators(Set<String> ids) {
    ArrayNode list = JSON.arrayNode();
    for (Bytes pubkey : chain.config().publicKeys()) {
      String index = String.valueOf(chain.indices().get(pubkey));
      if (ids.isEmpty() || ids.contains(index) || ids.contains(ApiJson.hex(pubkey))) {
        Optional<VoluntaryExit> exit =
            pools
                .exits
                .at(ExitRules.place(chain.indices().getOrDefault(pubkey, -1L)))
                .map(Signed::message);
        ObjectNode item =
            list.addObject()
                .put("index", index)
                .put("balance", BALANCE_GWEI)
                .put("status", exit.isPresent() ? "active_exiting" : "active_ongoing");
        item.putObject("validator")
            .put("pubkey", ApiJson.hex(pubkey))
            .put("withdrawal_credentials", Bytes32.ZERO.toString())
            .put("effective_balance", BALANCE_GWEI)
            .put("slashed", false)
            .put("activation_eligibility_epoch", "0")
            .put("activation_epoch", "0")
            .put("exit_epoch", exit.map(SimulatedNode::exitEpoch).orElse(FAR_FUTURE_EPOCH))
            .put("withdrawable_epoch", FAR_FUTURE_EPOCH);
      }
    }
    return Reply.data(list);
  }

  /** The next epoch and MAX_SEED_LOOKAHEAD; when it was sent does not matter to anyone. */
  private static String exitEpoch(VoluntaryExit exit) {
    return Long.toString(exit.epoch() + 5);
  }

  /** The last part of a path. */
  private static OptionalLong numberAtEndOf(String route) {
    return ApiJson.number(JSON.textNode(route.substring(route.lastIndexOf('/') + 1)));
  }

  private Reply duties(String route, LongFunction<Reply> duties) {
    OptionalLong epoch = numberAtEndOf(route);
    return epoch.isEmpty() || epoch.getAsLong() > currentEpoch() + 1
        ? Reply.error(400, "Invalid epoch")
        : duties.apply(epoch.getAsLong());
  }

  private Reply attesters(Asked asked, long epoch) {
    return Reply.data(
        ofValidators(
            asked,
            validator ->
                (knowsReorganisations()
                        ? chain.dutyOf(validator, epoch)
                        : chain.firstDutyOf(validator, epoch))
                    .map(AttesterDuty::toJson)),
        Map.of("dependent_root", dependentRoot(epoch)));
  }

  private Reply proposers(long epoch, Bytes32 dependentRoot) {
    ArrayNode list = JSON.arrayNode();
    (knowsReorganisations() ? chain.proposals(epoch) : chain.firstProposals(epoch))
        .forEach(duty -> list.add(duty.toJson()));
    return Reply.data(list, Map.of("dependent_root", dependentRoot));
  }

  private Reply syncCommittee(Asked asked, OptionalLong epoch) {
    if (epoch.isEmpty()
        || SimulatedChain.syncPeriod(epoch.getAsLong())
            > SimulatedChain.syncPeriod(currentEpoch()) + 1) {
      return Reply.error(400, "Invalid epoch");
    }
    SyncCommittee committee = chain.syncCommittee(epoch.getAsLong());
    return Reply.data(
        ofValidators(asked, validator -> committee.dutyOf(validator).map(SyncDuty::toJson)));
  }

  /** What there is of each validator whose index is asked for. */
  private static ArrayNode ofValidators(Asked asked, LongFunction<Optional<ObjectNode>> lookup) {
    ArrayNode list = JSON.arrayNode();
    for (JsonNode index : asked.json().orElse(JSON.arrayNode())) {
      ApiJson.number(index).stream().mapToObj(lookup).flatMap(Optional::stream).forEach(list::add);
    }
    return list;
  }

  private Reply attestationData(Asked asked) {
    OptionalLong slot = asked.number("slot");
    OptionalLong committee = asked.number("committee_index");
    if (slot.isEmpty() || committee.isEmpty()) {
      return Reply.error(400, "Invalid slot or committee index");
    }
    if (slot.getAsLong() > currentSlot()) {
      return Reply.error(400, "Cannot create attestation for future slot");
    }
    long index = chain.config().fork().isAtLeast(Fork.ELECTRA) ? 0 : committee.getAsLong();
    long head = Math.min(slot.getAsLong(), headSlot());
    AttestationData own =
        new AttestationData(
            slot.getAsLong(),
            index,
            headRoot(head),
            chain.justified(chain.spec().epochOf(head)),
            target(slot.getAsLong(), head));
    return Reply.data(
        having(Fault.Lie.class)
            .reduce(own, (data, lie) -> twisted(data, lie.field()), (first, _) -> first)
            .toJson());
  }

  /** The block at the start of the slot's epoch, or the last before it that the node has. */
  private Checkpoint target(long slot, long head) {
    long epoch = chain.spec().epochOf(slot);
    return new Checkpoint(epoch, chain.blockRoot(Math.min(chain.spec().firstSlotOf(epoch), head)));
  }

  private AttestationData twisted(AttestationData data, Fault.Field field) {
    Checkpoint source = data.source();
    Checkpoint target = data.target();
    // A root that the chain does not know; which one does not matter.
    Bytes32 madeUp = chain.otherBlockRoot(data.slot(), Long.MIN_VALUE);
    return switch (field) {
      case SLOT ->
          new AttestationData(
              data.slot() + 1, data.index(), data.beaconBlockRoot(), source, target);
      case TARGET_EPOCH -> with(data, source, new Checkpoint(target.epoch() + 1, target.root()));
      case TARGET_ROOT -> with(data, source, new Checkpoint(target.epoch(), madeUp));
      case SOURCE_EPOCH -> with(data, new Checkpoint(source.epoch() + 1, source.root()), target);
      case SOURCE_ROOT -> with(data, new Checkpoint(source.epoch(), madeUp), target);
    };
  }

  private static AttestationData with(AttestationData data, Checkpoint source, Checkpoint target) {
    return new AttestationData(data.slot(), data.index(), data.beaconBlockRoot(), source, target);
  }

  // ---- sums

  private Reply aggregateV1(Asked asked) {
    return chain.config().fork().isAtLeast(Fork.ELECTRA)
        ? Reply.error(400, "Electra aggregates are told by the v2 endpoint")
        : aggregate(asked, _ -> true);
  }

  private Reply aggregateV2(Asked asked) {
    OptionalLong committee = asked.number("committee_index");
    return committee.isEmpty()
        ? Reply.error(400, "Invalid committee index")
        : aggregate(asked, duty -> duty.committeeIndex() == committee.getAsLong())
            .of(chain.config().fork());
  }

  private Reply aggregate(Asked asked, Predicate<AttesterDuty> isMember) {
    OptionalLong slot = asked.number("slot");
    Optional<Bytes32> root = asked.root("attestation_data_root");
    if (slot.isEmpty() || root.isEmpty()) {
      return Reply.error(400, "Invalid slot or attestation data root");
    }
    return told(
        pools
            .attestations
            .aggregate(root.get(), slot.getAsLong(), isMember)
            .map(AggregateAttestation::toJson));
  }

  private Reply contribution(Asked asked) {
    OptionalLong slot = asked.number("slot");
    OptionalLong part = asked.number("subcommittee_index");
    Optional<Bytes32> head = asked.root("beacon_block_root");
    if (slot.isEmpty()
        || part.isEmpty()
        || part.getAsLong() >= SyncCommittee.SUBCOMMITTEES
        || head.isEmpty()) {
      return Reply.error(400, "Invalid slot, subcommittee index or beacon block root");
    }
    return told(
        pools
            .contribution(slot.getAsLong(), (int) part.getAsLong(), head.get())
            .map(SyncCommitteeContribution::toJson));
  }

  /** What was summed up of a head that the node has verified. */
  private Reply told(Optional<ObjectNode> sum) {
    return isOptimistic()
        ? Reply.error(503, "Beacon node is optimistic")
        : sum.map(Reply::data).orElse(Reply.error(404, "Nothing of that kind is known"));
  }

  // ---- blocks

  private Outcome block(Asked asked, OptionalLong slot, boolean mayBeBlinded) {
    Optional<Bytes> reveal = asked.bytes("randao_reveal", 96);
    if (slot.isEmpty()
        || slot.getAsLong() < Math.max(1, currentSlot())
        || slot.getAsLong() > currentSlot() + 1
        || reveal.isEmpty()) {
      return Reply.error(400, "Invalid slot or randao reveal");
    }
    if (isOptimistic()) {
      return Reply.error(503, "Beacon node is optimistic");
    }
    if (!pools.isReveal(slot.getAsLong(), reveal.get())) {
      return Reply.error(400, "Invalid RANDAO reveal");
    }
    long proposer = chain.proposerOf(slot.getAsLong());
    BlockDraft draft =
        new BlockDraft(
            slot.getAsLong(),
            proposer,
            headRoot(Math.min(slot.getAsLong() - 1, headSlot())),
            reveal.get(),
            asked.root("graffiti").orElse(Bytes32.ZERO),
            pools.subscriptions.feeRecipientOf(proposer).orElse(NOBODY),
            chain.blockBytes(slot.getAsLong()));
    boolean isBlinded = mayBeBlinded && having(Fault.BuilderBlocks.class).findAny().isPresent();
    Fork fork = chain.config().fork();
    Kind kind = isBlinded ? Kind.BLINDED : Kind.FULL;
    Proposal proposal = draft.proposal(pools.blockRules.types(), fork, kind);
    Map<String, String> headers =
        Map.of(
            "Eth-Consensus-Version", fork.consensusVersion(),
            "Eth-Execution-Payload-Blinded", Boolean.toString(isBlinded));
    return takesSsz() && asked.header("Accept").filter(a -> a.contains(SSZ)).isPresent()
        ? new SszReply(proposal.ssz(), headers)
        : new Reply(
            200,
            JSON.objectNode()
                .put("version", fork.consensusVersion())
                .put("execution_payload_blinded", isBlinded)
                .put("execution_payload_value", "0")
                .put("consensus_block_value", "0")
                .set("data", pools.blockRules.json(proposal)),
            headers);
  }

  private boolean takesSsz() {
    return having(Fault.NoSsz.class).findAny().isEmpty();
  }

  private Reply publish(Asked asked, Kind kind) {
    String expected = chain.config().fork().consensusVersion();
    if (asked.header("Eth-Consensus-Version").filter(expected::equals).isEmpty()) {
      return Reply.error(400, "Eth-Consensus-Version is not " + expected);
    }
    Optional<PublishedBlock> block =
        asked.isSsz()
            ? pools.blockRules.read(kind, asked.content())
            : asked.json().flatMap(json -> pools.blockRules.read(kind, json));
    return firstOf(
        pools.blocks.take(List.of(block), clock.millis()).stream().flatMap(Optional::stream));
  }

  // ---- submissions

  /** Judges items at an instant: for each why it is not accepted. */
  private interface Judge {
    List<Optional<Rejection>> judge(List<JsonNode> items, long nowMillis);
  }

  private Reply submitV1(Asked asked, Judge judge) {
    return chain.config().fork().isAtLeast(Fork.ELECTRA)
        ? Reply.error(400, "Electra attestations are taken by the v2 endpoint")
        : submit(asked, judge);
  }

  private Reply submitV2(Asked asked, Judge judge) {
    String expected = chain.config().fork().consensusVersion();
    return asked.header("Eth-Consensus-Version").filter(expected::equals).isPresent()
        ? submit(asked, judge)
        : Reply.error(400, "Eth-Consensus-Version is not " + expected);
  }

  private Reply submit(Asked asked, Judge judge) {
    return withItems(
        asked,
        items -> {
          List<Optional<Rejection>> verdicts = judge.judge(items, clock.millis());
          List<ObjectNode> failures = new ArrayList<>();
          for (int index = 0; index < verdicts.size(); index++) {
            int item = index;
            verdicts
                .get(index)
                .ifPresent(reason ->
                    failures.add(
                        JSON.objectNode().put("index", item).put("message", reason.words())));
          }
          return failures.isEmpty() ? Reply.ok() : Reply.failures(failures);
        });
  }

  /** Builders judge; the node keeps back what is of no validator that it knows. */
  private Reply register(Asked asked) {
    return withItems(
        asked,
        items ->
            firstOf(
                pools.registrations.submit(items, clock.millis()).stream()
                    .flatMap(Optional::stream)
                    .filter(reason -> reason != Rejection.UNKNOWN_VALIDATOR)
                    .filter(reason -> reason != Rejection.REGISTRATION_KNOWN)));
  }

  private Reply exit(Asked asked) {
    return asked
        .json()
        .map(item ->
            firstOf(
                pools.exits.submit(List.of(item), clock.millis()).stream()
                    .flatMap(Optional::stream)))
        .orElse(Reply.error(400, "No exit"));
  }

  /** For routes that do not tell one item from another. */
  private static Reply firstOf(Stream<Rejection> reasons) {
    return reasons.findFirst().map(reason -> Reply.error(400, reason.words())).orElse(Reply.ok());
  }

  /** What is taken whole or not at all. */
  private static Reply take(Asked asked, Predicate<List<JsonNode>> taken) {
    return withItems(
        asked,
        items -> taken.test(items) ? Reply.ok() : Reply.error(400, "Malformed or out of range"));
  }

  private static Reply withItems(Asked asked, Function<List<JsonNode>, Reply> answer) {
    Optional<JsonNode> items = asked.json().filter(JsonNode::isArray);
    if (items.isEmpty()) {
      return Reply.error(400, "Not a list");
    }
    return items.get().size() > ChainConfig.VALIDATORS_MAX
        ? Reply.error(400, "More than " + ChainConfig.VALIDATORS_MAX + " items")
        : answer.apply(items.get().valueStream().toList());
  }
}
