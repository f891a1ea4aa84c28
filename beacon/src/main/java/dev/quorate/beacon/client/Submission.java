/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.block.SignedProposal;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.CommitteeSubscription;
import dev.quorate.ethereum.message.ContributionAndProof;
import dev.quorate.ethereum.message.ProposerPreparation;
import dev.quorate.ethereum.message.Signed;
import dev.quorate.ethereum.message.SyncCommitteeMessage;
import dev.quorate.ethereum.message.SyncSubscription;
import dev.quorate.ethereum.message.ValidatorRegistration;
import dev.quorate.ethereum.message.VoluntaryExit;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Items of one kind for a beacon node, each with an outcome of its own. Sending one again is
 * harmless.
 *
 * @param path of the newest route that takes them
 * @param olderPath of the route to use where the node lacks the newest; empty if there is none, or
 *     if a node that lacks the newest does not know such items either
 * @param fork of the items' slots, where the newest route asks for it
 */
public record Submission(
    String path, Optional<String> olderPath, Optional<Fork> fork, Form form, List<Item> items) {

  /** How items are put into a request. */
  public enum Form {
    LIST,
    /** The item alone: the route takes one at a time. */
    SINGLE
  }

  /**
   * @param name what it is and whose, for logs
   * @param json written when it is needed
   * @param ssz sent instead to nodes that take it; of an item that goes alone
   */
  public record Item(String name, Supplier<JsonNode> json, Optional<Bytes> ssz) {}

  public Submission {
    items = List.copyOf(items);
  }

  /**
   * @param fork that of the attestations' slot
   */
  public static Submission attestations(Fork fork, List<SignedAttestation> attestations) {
    return inFormOf(
        fork,
        "beacon/pool/attestations",
        items(
            attestations,
            attestation ->
                "attestation of validator %s for slot %s"
                    .formatted(attestation.duty().validatorIndex(), attestation.data().slot()),
            attestation -> attestation.toJson(fork)));
  }

  /**
   * @param fork that of the aggregates' slot
   */
  public static Submission aggregates(Fork fork, List<Signed<AggregateAndProof>> aggregates) {
    return inFormOf(
        fork,
        "validator/aggregate_and_proofs",
        items(
            aggregates,
            aggregate ->
                "aggregate of validator %s for slot %s"
                    .formatted(
                        aggregate.message().aggregatorIndex(),
                        aggregate.message().aggregate().data().slot()),
            Signed::toJson));
  }

  public static Submission syncMessages(List<SyncCommitteeMessage> messages) {
    return of(
        "/eth/v1/beacon/pool/sync_committees",
        items(
            messages,
            message ->
                "sync committee message of validator %s for slot %s"
                    .formatted(message.validatorIndex(), message.slot()),
            SyncCommitteeMessage::toJson));
  }

  public static Submission contributions(List<Signed<ContributionAndProof>> contributions) {
    return of(
        "/eth/v1/validator/contribution_and_proofs",
        items(
            contributions,
            contribution ->
                "contribution of validator %s for slot %s"
                    .formatted(
                        contribution.message().aggregatorIndex(),
                        contribution.message().contribution().slot()),
            Signed::toJson));
  }

  public static Submission committeeSubscriptions(List<CommitteeSubscription> subscriptions) {
    return of(
        "/eth/v1/validator/beacon_committee_subscriptions",
        items(
            subscriptions,
            subscription ->
                "subscription of validator %s for slot %s"
                    .formatted(subscription.validatorIndex(), subscription.slot()),
            CommitteeSubscription::toJson));
  }

  public static Submission syncSubscriptions(List<SyncSubscription> subscriptions) {
    return of(
        "/eth/v1/validator/sync_committee_subscriptions",
        items(
            subscriptions,
            subscription ->
                "subscription of validator %s until epoch %s"
                    .formatted(subscription.validatorIndex(), subscription.untilEpoch()),
            SyncSubscription::toJson));
  }

  public static Submission preparations(List<ProposerPreparation> preparations) {
    return of(
        "/eth/v1/validator/prepare_beacon_proposer",
        items(
            preparations,
            preparation -> "fee recipient of validator " + preparation.validatorIndex(),
            ProposerPreparation::toJson));
  }

  public static Submission registrations(List<Signed<ValidatorRegistration>> registrations) {
    return of(
        "/eth/v1/validator/register_validator",
        items(
            registrations,
            registration -> "registration of validator " + registration.message().pubkey(),
            Signed::toJson));
  }

  /** The route takes one at a time. */
  public static Submission exit(Signed<VoluntaryExit> exit) {
    return new Submission(
        "/eth/v1/beacon/pool/voluntary_exits",
        Optional.empty(),
        Optional.empty(),
        Form.SINGLE,
        items(
            List.of(exit),
            one -> "exit of validator " + one.message().validatorIndex(),
            Signed::toJson));
  }

  /**
   * A block, with its blobs if it has any. A node that has it already says so, or says nothing.
   *
   * @param at the block's slot
   * @throws IllegalArgumentException once it is asked for in JSON, if it is no block of the fork
   */
  public static Submission block(DutySlot at, SignedProposal block) {
    Proposal proposal = block.proposal();
    String route =
        switch (proposal.kind()) {
          case FULL -> "beacon/blocks";
          case BLINDED -> "beacon/blinded_blocks";
        };
    return new Submission(
        "/eth/v2/" + route,
        Optional.of("/eth/v1/" + route),
        Optional.of(proposal.fork()),
        Form.SINGLE,
        List.of(
            new Item(
                "block of validator %s for slot %s"
                    .formatted(proposal.proposerIndex(), proposal.slot()),
                () ->
                    block
                        .toJson(at.types())
                        .orElseThrow(() -> new IllegalArgumentException(proposal.toString())),
                Optional.of(block.ssz()))));
  }

  private static Submission of(String path, List<Item> items) {
    return new Submission(path, Optional.empty(), Optional.empty(), Form.LIST, items);
  }

  /** A node without v2 does not know the attestations of electra either. */
  private static Submission inFormOf(Fork fork, String route, List<Item> items) {
    return new Submission(
        "/eth/v2/" + route,
        Optional.of("/eth/v1/" + route).filter(_ -> !fork.isAtLeast(Fork.ELECTRA)),
        Optional.of(fork),
        Form.LIST,
        items);
  }

  private static <T> List<Item> items(
      List<T> all, Function<T, String> name, Function<T, JsonNode> json) {
    return all.stream()
        .map(one -> new Item(name.apply(one), () -> json.apply(one), Optional.empty()))
        .toList();
  }

  /** Others of the same kind. */
  public Submission with(List<Item> others) {
    return new Submission(path, olderPath, fork, form, others);
  }

  /** By the newest route, in SSZ if there is any. */
  Query query() {
    return items
        .getFirst()
        .ssz()
        .map(ssz -> ofFork(Query.postSsz(path, ssz)))
        .orElseGet(this::jsonQuery);
  }

  /** By the newest route. */
  Query jsonQuery() {
    return ofFork(Query.post(path, body(), items.size()));
  }

  private Query ofFork(Query query) {
    return fork.map(query::at).orElse(query);
  }

  Optional<Query> olderQuery() {
    return olderPath.map(older -> Query.post(older, body(), items.size()));
  }

  private JsonNode body() {
    return switch (form) {
      case SINGLE -> items.getFirst().json().get();
      case LIST -> {
        ArrayNode list = JsonNodeFactory.instance.arrayNode(items.size());
        items.forEach(item -> list.add(item.json().get()));
        yield list;
      }
    };
  }
}
