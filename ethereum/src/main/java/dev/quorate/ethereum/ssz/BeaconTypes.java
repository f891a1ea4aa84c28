/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.ssz;

import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.ssz.SszType.Bitlist;
import dev.quorate.ethereum.ssz.SszType.Bitvector;
import dev.quorate.ethereum.ssz.SszType.Bool;
import dev.quorate.ethereum.ssz.SszType.ByteList;
import dev.quorate.ethereum.ssz.SszType.ByteVector;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszType.Field;
import dev.quorate.ethereum.ssz.SszType.ListOf;
import dev.quorate.ethereum.ssz.SszType.Uint;
import dev.quorate.ethereum.ssz.SszType.Vector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The containers of the consensus layer by fork and preset, under the specification's own names and
 * in its words (consensus-specs v1.6, specs/FORK/beacon-chain.md and validator.md; builder-specs
 * for {@code ValidatorRegistrationV1}, bids and blinded blocks, beacon-APIs for block contents). A
 * container that a fork does not have is not there.
 */
public final class BeaconTypes {
  private static final SszType UINT64 = new Uint(64);
  private static final SszType ROOT = new ByteVector(32);
  private static final SszType VERSION = new ByteVector(4);
  private static final SszType ADDRESS = new ByteVector(20);
  private static final SszType PUBKEY = new ByteVector(48);
  private static final SszType SIGNATURE = new ByteVector(96);

  private static final int VALIDATORS_PER_COMMITTEE_MAX = 2048;

  /** A commitment or a proof. */
  private static final SszType KZG_POINT = new ByteVector(48);

  private static final int BLOB_BYTES = 131_072;

  /** CELLS_PER_EXT_BLOB (consensus-specs, fulu/polynomial-commitments-sampling.md). */
  public static final int CELLS_PER_BLOB = 128;

  /** FIELD_ELEMENTS_PER_EXT_BLOB (there), by which the Beacon API bounds the proofs of cells. */
  private static final long FIELD_ELEMENTS_PER_EXT_BLOB = 8192;

  private final Preset preset;
  private final Map<String, Container> containers = new LinkedHashMap<>();

  public BeaconTypes(Fork fork, Preset preset) {
    this.preset = preset;
    signing();
    attestations(fork);
    slashings();
    deposits();
    if (fork.isAtLeast(Fork.ALTAIR)) {
      syncCommittees();
    }
    if (fork.isAtLeast(Fork.BELLATRIX)) {
      executionPayloads(fork);
    }
    if (fork.isAtLeast(Fork.ELECTRA)) {
      executionRequests();
    }
    if (fork.isAtLeast(Fork.FULU)) {
      define(
          "DataColumnsByRootIdentifier",
          field("block_root", ROOT),
          field("columns", new ListOf(UINT64, 128)));
    }
    blocks(fork);
  }

  /**
   * The container of that name.
   *
   * @throws IllegalArgumentException if the fork has none
   */
  public Container container(String name) {
    return Optional.ofNullable(containers.get(name))
        .orElseThrow(() -> new IllegalArgumentException("no container " + name));
  }

  /** Of the containers that the fork has. */
  public Set<String> names() {
    return Collections.unmodifiableSet(containers.keySet());
  }

  private void signing() {
    define(
        "Fork",
        field("previous_version", VERSION),
        field("current_version", VERSION),
        field("epoch", UINT64));
    define("ForkData", field("current_version", VERSION), field("genesis_validators_root", ROOT));
    define("SigningData", field("object_root", ROOT), field("domain", ROOT));
    define(
        "HistoricalSummary", field("block_summary_root", ROOT), field("state_summary_root", ROOT));
    define(
        "Validator",
        field("pubkey", PUBKEY),
        field("withdrawal_credentials", ROOT),
        field("effective_balance", UINT64),
        field("slashed", new Bool()),
        field("activation_eligibility_epoch", UINT64),
        field("activation_epoch", UINT64),
        field("exit_epoch", UINT64),
        field("withdrawable_epoch", UINT64));
    define(
        "ValidatorRegistrationV1",
        field("fee_recipient", ADDRESS),
        field("gas_limit", UINT64),
        field("timestamp", UINT64),
        field("pubkey", PUBKEY));
    define("VoluntaryExit", field("epoch", UINT64), field("validator_index", UINT64));
    signed("VoluntaryExit");
  }

  private void attestations(Fork fork) {
    boolean acrossCommittees = fork.isAtLeast(Fork.ELECTRA);
    int validatorsMax =
        acrossCommittees
            ? VALIDATORS_PER_COMMITTEE_MAX * preset.committeesPerSlot()
            : VALIDATORS_PER_COMMITTEE_MAX;
    define("Checkpoint", field("epoch", UINT64), field("root", ROOT));
    define(
        "AttestationData",
        field("slot", UINT64),
        field("index", UINT64),
        field("beacon_block_root", ROOT),
        field("source", container("Checkpoint")),
        field("target", container("Checkpoint")));
    define(
        "IndexedAttestation",
        field("attesting_indices", new ListOf(UINT64, validatorsMax)),
        field("data", container("AttestationData")),
        field("signature", SIGNATURE));
    List<Field> attestation = new ArrayList<>();
    attestation.add(field("aggregation_bits", new Bitlist(validatorsMax)));
    attestation.add(field("data", container("AttestationData")));
    attestation.add(field("signature", SIGNATURE));
    if (acrossCommittees) {
      attestation.add(field("committee_bits", new Bitvector(preset.committeesPerSlot())));
      define(
          "SingleAttestation",
          field("committee_index", UINT64),
          field("attester_index", UINT64),
          field("data", container("AttestationData")),
          field("signature", SIGNATURE));
    }
    define("Attestation", attestation);
    define(
        "AggregateAndProof",
        field("aggregator_index", UINT64),
        field("aggregate", container("Attestation")),
        field("selection_proof", SIGNATURE));
    signed("AggregateAndProof");
  }

  private void slashings() {
    define(
        "BeaconBlockHeader",
        field("slot", UINT64),
        field("proposer_index", UINT64),
        field("parent_root", ROOT),
        field("state_root", ROOT),
        field("body_root", ROOT));
    signed("BeaconBlockHeader");
    define(
        "ProposerSlashing",
        field("signed_header_1", container("SignedBeaconBlockHeader")),
        field("signed_header_2", container("SignedBeaconBlockHeader")));
    define(
        "AttesterSlashing",
        field("attestation_1", container("IndexedAttestation")),
        field("attestation_2", container("IndexedAttestation")));
  }

  private void deposits() {
    define(
        "DepositMessage",
        field("pubkey", PUBKEY),
        field("withdrawal_credentials", ROOT),
        field("amount", UINT64));
    define("DepositData", extended("DepositMessage", field("signature", SIGNATURE)));
    define(
        "Deposit", field("proof", new Vector(ROOT, 33)), field("data", container("DepositData")));
    define(
        "Eth1Data",
        field("deposit_root", ROOT),
        field("deposit_count", UINT64),
        field("block_hash", ROOT));
  }

  private void syncCommittees() {
    define(
        "SyncAggregate",
        field("sync_committee_bits", new Bitvector(preset.syncCommitteeSize())),
        field("sync_committee_signature", SIGNATURE));
    define(
        "SyncCommitteeMessage",
        field("slot", UINT64),
        field("beacon_block_root", ROOT),
        field("validator_index", UINT64),
        field("signature", SIGNATURE));
    define(
        "SyncCommitteeContribution",
        field("slot", UINT64),
        field("beacon_block_root", ROOT),
        field("subcommittee_index", UINT64),
        field(
            "aggregation_bits",
            new Bitvector(preset.syncCommitteeSize() / DutyType.SYNC_SUBCOMMITTEES)),
        field("signature", SIGNATURE));
    define(
        "ContributionAndProof",
        field("aggregator_index", UINT64),
        field("contribution", container("SyncCommitteeContribution")),
        field("selection_proof", SIGNATURE));
    signed("ContributionAndProof");
    define(
        "SyncAggregatorSelectionData", field("slot", UINT64), field("subcommittee_index", UINT64));
  }

  private void executionPayloads(Fork fork) {
    define(
        "Withdrawal",
        field("index", UINT64),
        field("validator_index", UINT64),
        field("address", ADDRESS),
        field("amount", UINT64));
    define(
        "BLSToExecutionChange",
        field("validator_index", UINT64),
        field("from_bls_pubkey", PUBKEY),
        field("to_execution_address", ADDRESS));
    signed("BLSToExecutionChange");
    List<Field> common =
        List.of(
            field("parent_hash", ROOT),
            field("fee_recipient", ADDRESS),
            field("state_root", ROOT),
            field("receipts_root", ROOT),
            field("logs_bloom", new ByteVector(256)),
            field("prev_randao", ROOT),
            field("block_number", UINT64),
            field("gas_limit", UINT64),
            field("gas_used", UINT64),
            field("timestamp", UINT64),
            field("extra_data", new ByteList(32)),
            field("base_fee_per_gas", new Uint(256)),
            field("block_hash", ROOT));
    List<Field> payload = new ArrayList<>(common);
    List<Field> header = new ArrayList<>(common);
    payload.add(field("transactions", new ListOf(new ByteList(1L << 30), 1L << 20)));
    header.add(field("transactions_root", ROOT));
    if (fork.isAtLeast(Fork.CAPELLA)) {
      payload.add(
          field(
              "withdrawals", new ListOf(container("Withdrawal"), preset.withdrawalsPerPayload())));
      header.add(field("withdrawals_root", ROOT));
    }
    if (fork.isAtLeast(Fork.DENEB)) {
      List<Field> blobs = List.of(field("blob_gas_used", UINT64), field("excess_blob_gas", UINT64));
      payload.addAll(blobs);
      header.addAll(blobs);
    }
    define("ExecutionPayload", payload);
    define("ExecutionPayloadHeader", header);
  }

  private void executionRequests() {
    define("DepositRequest", extended("DepositData", field("index", UINT64)));
    define(
        "WithdrawalRequest",
        field("source_address", ADDRESS),
        field("validator_pubkey", PUBKEY),
        field("amount", UINT64));
    define(
        "ConsolidationRequest",
        field("source_address", ADDRESS),
        field("source_pubkey", PUBKEY),
        field("target_pubkey", PUBKEY));
    define(
        "ExecutionRequests",
        field(
            "deposits",
            new ListOf(container("DepositRequest"), preset.depositRequestsPerPayload())),
        field(
            "withdrawals",
            new ListOf(container("WithdrawalRequest"), preset.withdrawalRequestsPerPayload())),
        field(
            "consolidations",
            new ListOf(
                container("ConsolidationRequest"), preset.consolidationRequestsPerPayload())));
    define("PendingDeposit", extended("DepositData", field("slot", UINT64)));
    define(
        "PendingPartialWithdrawal",
        field("validator_index", UINT64),
        field("amount", UINT64),
        field("withdrawable_epoch", UINT64));
    define("PendingConsolidation", field("source_index", UINT64), field("target_index", UINT64));
  }

  private void blocks(Fork fork) {
    block(fork, "");
    if (fork.isAtLeast(Fork.BELLATRIX)) {
      block(fork, "Blinded");
      builderBid(fork);
    }
    if (fork.isAtLeast(Fork.DENEB)) {
      contents("", fork);
      contents("Signed", fork);
    }
  }

  /**
   * @param kind {@code Blinded} if the body holds the payload's header instead of the payload
   */
  private void block(Fork fork, String kind) {
    boolean electra = fork.isAtLeast(Fork.ELECTRA);
    List<Field> body = new ArrayList<>();
    body.add(field("randao_reveal", SIGNATURE));
    body.add(field("eth1_data", container("Eth1Data")));
    body.add(field("graffiti", ROOT));
    body.add(field("proposer_slashings", new ListOf(container("ProposerSlashing"), 16)));
    body.add(
        field("attester_slashings", new ListOf(container("AttesterSlashing"), electra ? 1 : 2)));
    body.add(field("attestations", new ListOf(container("Attestation"), electra ? 8 : 128)));
    body.add(field("deposits", new ListOf(container("Deposit"), 16)));
    body.add(field("voluntary_exits", new ListOf(container("SignedVoluntaryExit"), 16)));
    if (fork.isAtLeast(Fork.ALTAIR)) {
      body.add(field("sync_aggregate", container("SyncAggregate")));
    }
    if (fork.isAtLeast(Fork.BELLATRIX)) {
      body.add(
          kind.isEmpty()
              ? field("execution_payload", container("ExecutionPayload"))
              : field("execution_payload_header", container("ExecutionPayloadHeader")));
    }
    if (fork.isAtLeast(Fork.CAPELLA)) {
      body.add(
          field(
              "bls_to_execution_changes", new ListOf(container("SignedBLSToExecutionChange"), 16)));
    }
    if (fork.isAtLeast(Fork.DENEB)) {
      body.add(commitments());
    }
    if (electra) {
      body.add(field("execution_requests", container("ExecutionRequests")));
    }
    define(kind + "BeaconBlockBody", body);
    define(
        kind + "BeaconBlock",
        field("slot", UINT64),
        field("proposer_index", UINT64),
        field("parent_root", ROOT),
        field("state_root", ROOT),
        field("body", container(kind + "BeaconBlockBody")));
    signed(kind + "BeaconBlock");
  }

  /**
   * The Beacon API's: a block with its blobs, and a proof of each, of each of its cells in fulu.
   */
  private void contents(String form, Fork fork) {
    long proofs = fork.isAtLeast(Fork.FULU) ? FIELD_ELEMENTS_PER_EXT_BLOB : 1;
    define(
        form + "BlockContents",
        field(form.isEmpty() ? "block" : "signed_block", container(form + "BeaconBlock")),
        field("kzg_proofs", new ListOf(KZG_POINT, proofs * preset.blobCommitmentsPerBlock())),
        field("blobs", new ListOf(new ByteVector(BLOB_BYTES), preset.blobCommitmentsPerBlock())));
  }

  private Field commitments() {
    return field("blob_kzg_commitments", new ListOf(KZG_POINT, preset.blobCommitmentsPerBlock()));
  }

  private void builderBid(Fork fork) {
    List<Field> bid = new ArrayList<>();
    bid.add(field("header", container("ExecutionPayloadHeader")));
    if (fork.isAtLeast(Fork.DENEB)) {
      bid.add(commitments());
    }
    if (fork.isAtLeast(Fork.ELECTRA)) {
      bid.add(field("execution_requests", container("ExecutionRequests")));
    }
    bid.add(field("value", new Uint(256)));
    bid.add(field("pubkey", PUBKEY));
    define("BuilderBid", bid);
    signed("BuilderBid");
  }

  private void define(String name, Field... fields) {
    define(name, List.of(fields));
  }

  private void define(String name, List<Field> fields) {
    containers.put(name, new Container(fields));
  }

  private void signed(String name) {
    define("Signed" + name, field("message", container(name)), field("signature", SIGNATURE));
  }

  private List<Field> extended(String name, Field more) {
    List<Field> fields = new ArrayList<>(container(name).fields());
    fields.add(more);
    return fields;
  }

  private static Field field(String name, SszType type) {
    return new Field(name, type);
  }
}
