/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.quorate.ethereum.attestation.SignedAttestation;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.message.AggregateAndProof;
import dev.quorate.ethereum.message.Signed;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

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
   */
  public record Item(String name, JsonNode json) {}

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
    return all.stream().map(one -> new Item(name.apply(one), json.apply(one))).toList();
  }

  /** Others of the same kind. */
  public Submission with(List<Item> others) {
    return new Submission(path, olderPath, fork, form, others);
  }

  /** By the newest route. */
  Query query() {
    Query query = Query.post(path, body(), items.size());
    return fork.map(query::at).orElse(query);
  }

  Optional<Query> olderQuery() {
    return olderPath.map(older -> Query.post(older, body(), items.size()));
  }

  private JsonNode body() {
    return switch (form) {
      case SINGLE -> items.getFirst().json();
      case LIST -> {
        ArrayNode list = JsonNodeFactory.instance.arrayNode(items.size());
        items.forEach(item -> list.add(item.json()));
        yield list;
      }
    };
  }
}
