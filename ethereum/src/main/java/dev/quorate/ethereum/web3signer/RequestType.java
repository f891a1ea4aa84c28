/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.web3signer;

import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszType.Field;
import java.util.Optional;

/**
 * The kinds of message that a remote signer is asked to sign, by the API's own names. What a kind
 * is called in the request, under which domain it is signed and what container it is stands here.
 */
public enum RequestType {
  AGGREGATION_SLOT("aggregation_slot", DomainType.SELECTION_PROOF),
  AGGREGATE_AND_PROOF_V2("aggregate_and_proof", DomainType.AGGREGATE_AND_PROOF, "data"),
  ATTESTATION("attestation", DomainType.BEACON_ATTESTER),
  /** A header instead of the block, as signers take it from bellatrix on. */
  BLOCK_V2("beacon_block", DomainType.BEACON_PROPOSER, "block_header"),
  RANDAO_REVEAL("randao_reveal", DomainType.RANDAO),
  /** The root alone is signed; the slot says under which fork. */
  SYNC_COMMITTEE_MESSAGE("sync_committee_message", DomainType.SYNC_COMMITTEE),
  SYNC_COMMITTEE_SELECTION_PROOF(
      "sync_aggregator_selection_data", DomainType.SYNC_COMMITTEE_SELECTION_PROOF),
  SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF(
      "contribution_and_proof", DomainType.CONTRIBUTION_AND_PROOF),
  /** Without a fork: builders know the genesis' version alone. */
  VALIDATOR_REGISTRATION("validator_registration", DomainType.APPLICATION_BUILDER),
  VOLUNTARY_EXIT("voluntary_exit", DomainType.VOLUNTARY_EXIT);

  final String key;
  final DomainType domain;
  final Optional<String> versioned;

  /**
   * @param key of the message in the request
   */
  RequestType(String key, DomainType domain) {
    this(key, domain, Optional.empty());
  }

  /**
   * @param versioned of the message beside {@code version}, under {@code key}
   */
  RequestType(String key, DomainType domain, String versioned) {
    this(key, domain, Optional.of(versioned));
  }

  RequestType(String key, DomainType domain, Optional<String> versioned) {
    this.key = key;
    this.domain = domain;
    this.versioned = versioned;
  }

  /**
   * What the message is, as the request writes it. Its root is what is signed, but for {@link
   * #SYNC_COMMITTEE_MESSAGE}, where it is the first field's.
   */
  public Container container(BeaconTypes types) {
    return switch (this) {
      case AGGREGATION_SLOT -> new Container(number("slot"));
      case AGGREGATE_AND_PROOF_V2 -> types.container("AggregateAndProof");
      case ATTESTATION -> types.container("AttestationData");
      case BLOCK_V2 -> types.container("BeaconBlockHeader");
      case RANDAO_REVEAL -> new Container(number("epoch"));
      case SYNC_COMMITTEE_MESSAGE ->
          new Container(new Field("beacon_block_root", new SszType.ByteVector(32)), number("slot"));
      case SYNC_COMMITTEE_SELECTION_PROOF -> types.container("SyncAggregatorSelectionData");
      case SYNC_COMMITTEE_CONTRIBUTION_AND_PROOF -> types.container("ContributionAndProof");
      case VALIDATOR_REGISTRATION -> types.container("ValidatorRegistrationV1");
      case VOLUNTARY_EXIT -> types.container("VoluntaryExit");
    };
  }

  /** Where it is the only field, the container's root is the number's own. */
  private static Field number(String name) {
    return new Field(name, new SszType.Uint(64));
  }
}
