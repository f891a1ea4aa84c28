/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.web3signer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.Value;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.assignment.Assignment;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.attestation.AttesterDuty;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.ForkSchedule.Activation;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.domain.Domains;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.LittleEndian;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszValue;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a remote signer is asked on one chain: the bodies of {@code POST
 * /api/v1/eth2/sign/PUBLIC_KEY} (the Web3Signer API, and the remote signing API of which it is a
 * superset). A signer makes the signing root itself, of the message and the fork; so does this
 * class, and no request leaves it for another root than the one that was granted.
 */
public record SigningRequests(ChainSpec spec, Genesis genesis) {
  /**
   * @param signingRoot what signing {@code json} means
   */
  public record Request(RequestType type, Bytes32 signingRoot, ObjectNode json) {}

  /**
   * The request for what was decided in a slot's duty; empty if {@code signingRoot} is not of it.
   */
  public Optional<Request> of(
      Assignment assignment, long slot, Value decided, Bytes32 signingRoot) {
    return message(assignment, new DutySlot(spec, genesis, slot), decided)
        .filter(request -> request.signingRoot().equals(signingRoot));
  }

  private Optional<Request> message(Assignment assignment, DutySlot at, Value decided) {
    return switch (assignment) {
      case Assignment.Attestation(AttesterDuty duty) ->
          AttestationData.decode(decided.content())
              .map(data -> data.assigned(duty, at.fork()))
              .flatMap(data -> of(RequestType.ATTESTATION, data.encode(), data.target().epoch()));
      case Assignment.AggregatorSelection _ ->
          of(RequestType.AGGREGATION_SLOT, decided.content(), at.epoch());
      case Assignment.Aggregation aggregation ->
          aggregation
              .rule(at)
              .message(decided)
              .map(message -> of(RequestType.AGGREGATE_AND_PROOF_V2, message.toJson(), at.epoch()));
      case Assignment.Randao _ -> of(RequestType.RANDAO_REVEAL, decided.content(), at.epoch());
      case Assignment.BlockProposal proposal ->
          proposal
              .rule(at)
              .header(decided)
              .map(header -> of(RequestType.BLOCK_V2, header, at.epoch()));
      case Assignment.Exit _ -> of(RequestType.VOLUNTARY_EXIT, decided.content(), at.epoch());
      // Nothing of it is signed.
      case Assignment.InfoSync _ -> Optional.empty();
      case Assignment.Registration _ ->
          of(RequestType.VALIDATOR_REGISTRATION, decided.content(), at.epoch());
      case Assignment.SyncMessage _ ->
          of(RequestType.SYNC_COMMITTEE_MESSAGE, withSlot(decided, at.slot()), at.epoch());
      case Assignment.SyncSelection _ ->
          of(RequestType.SYNC_COMMITTEE_SELECTION_PROOF, decided.content(), at.epoch());
      case Assignment.Contribution contribution ->
          contribution
              .rule(at)
              .message(decided)
              .map(message ->
                  of(
                      RequestType.SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF,
                      message.toJson(),
                      at.epoch()));
    };
  }

  /** A head is signed without its slot, which signers ask for. */
  private static Bytes withSlot(Value head, long slot) {
    byte[] message = Arrays.copyOf(head.content().toArray(), head.content().size() + 8);
    LittleEndian.put(message, head.content().size(), slot);
    return Bytes.wrap(message);
  }

  /** Empty if the bytes are no message of the type. */
  private Optional<Request> of(RequestType type, Bytes message, long epoch) {
    return Ssz.decode(container(type, epoch), message).map(read -> of(type, read, epoch));
  }

  private Request of(RequestType type, JsonNode message, long epoch) {
    return of(type, SszJson.read(container(type, epoch), message).orElseThrow(), epoch);
  }

  private Container container(RequestType type, long epoch) {
    return type.container(new BeaconTypes(spec.forks().forkAt(epoch), spec.preset()));
  }

  /**
   * The request for a message.
   *
   * @param message a value of the type's container
   * @param epoch of the message: an attestation's target, the slot's of what has one, and an exit's
   *     own, which is the one in which it is signed
   * @throws IllegalArgumentException if {@code message} is of another type, or the fork of {@code
   *     epoch} has no such message
   */
  public Request of(RequestType type, SszValue message, long epoch) {
    Container container = container(type, epoch);
    Bytes32 signingRoot = Domains.signingRoot(root(type, container, message), domain(type, epoch));
    ObjectNode json =
        JsonNodeFactory.instance
            .objectNode()
            .put("type", type.name())
            .put("signingRoot", signingRoot.toString());
    forkInfo(type, epoch).ifPresent(info -> json.set("fork_info", info));
    json.set(type.key, body(type, SszJson.write(container, message), spec.forks().forkAt(epoch)));
    return new Request(type, signingRoot, json);
  }

  private static Bytes32 root(RequestType type, Container container, SszValue message) {
    return type == RequestType.SYNC_COMMITTEE_MESSAGE
        ? Ssz.hashTreeRoot(
            container.fields().getFirst().type(), ((SszValue.Items) message).values().getFirst())
        : Ssz.hashTreeRoot(container, message);
  }

  private Bytes32 domain(RequestType type, long epoch) {
    Domains domains = new Domains(spec.forks(), genesis);
    if (type == RequestType.VALIDATOR_REGISTRATION) {
      return domains.builderRegistration();
    }
    return type == RequestType.VOLUNTARY_EXIT
        ? domains.voluntaryExit(epoch, epoch)
        : domains.at(type.domain, epoch);
  }

  /** What the signer makes the domain of; empty for what is signed without a fork. */
  private Optional<ObjectNode> forkInfo(RequestType type, long epoch) {
    if (type == RequestType.VALIDATOR_REGISTRATION) {
      return Optional.empty();
    }
    Activation now = spec.forks().at(epoch);
    boolean isFixed = type == RequestType.VOLUNTARY_EXIT && now.fork().isAtLeast(Fork.DENEB);
    Bytes current =
        isFixed ? spec.forks().versionOf(Fork.CAPELLA).orElseThrow() : now.version(); // EIP-7044
    ObjectNode info = JsonNodeFactory.instance.objectNode();
    info.putObject("fork")
        .put("previous_version", ApiJson.hex(isFixed ? current : previous(now)))
        .put("current_version", ApiJson.hex(current))
        .put("epoch", Long.toString(now.epoch()));
    return Optional.of(info.put("genesis_validators_root", genesis.validatorsRoot().toString()));
  }

  /** As a beacon state holds it: a chain that begins with a fork has none before. */
  private Bytes previous(Activation now) {
    List<Activation> all = spec.forks().activations();
    return now.epoch() == 0 ? now.version() : all.get(all.indexOf(now) - 1).version();
  }

  /** Messages whose containers change with forks say which one they are of. */
  private static JsonNode body(RequestType type, JsonNode message, Fork fork) {
    if (type == RequestType.BLOCK_V2 && !fork.isAtLeast(Fork.BELLATRIX)) {
      throw new IllegalArgumentException("signers take no header of " + fork);
    }
    return type.versioned
        .<JsonNode>map(key ->
            JsonNodeFactory.instance.objectNode().put("version", fork.name()).set(key, message))
        .orElse(message);
  }
}
