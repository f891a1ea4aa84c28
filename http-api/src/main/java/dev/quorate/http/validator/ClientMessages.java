/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.consensus.duty.DutyType;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.domain.DomainType;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.duty.GivenRule;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszType.Field;
import dev.quorate.ethereum.ssz.SszValue;
import java.util.BitSet;
import java.util.Optional;
import java.util.function.Function;

/**
 * What a validator client hands in, as SSZ types, and what of it matters: whose it is, of which
 * duty, and what was signed. It judges nothing.
 */
record ClientMessages(ChainSpec spec, Genesis genesis) {
  private static final SszType UINT64 = new SszType.Uint(64);
  private static final SszType SIGNATURE = new SszType.ByteVector(96);

  static final Container SELECTION =
      new Container(
          new Field("validator_index", UINT64),
          new Field("slot", UINT64),
          new Field("selection_proof", SIGNATURE));

  static final Container SYNC_SELECTION =
      new Container(
          new Field("validator_index", UINT64),
          new Field("slot", UINT64),
          new Field("subcommittee_index", UINT64),
          new Field("selection_proof", SIGNATURE));

  /** Who signed. */
  sealed interface Signer {
    /** By its index on the chain. */
    record Index(long index) implements Signer {}

    /** By its place in a committee. */
    record Seat(long committee, int place) implements Signer {}
  }

  /**
   * A message that was signed.
   *
   * @param part the sync subcommittee, 0 for what has none
   * @param root what was signed, under the domain of the slot's epoch
   * @param selectionProof the one inside, for those that have one
   */
  record Message(
      DutyType type,
      long slot,
      int part,
      Signer signer,
      Bytes32 root,
      Bytes signature,
      Optional<Bytes> selectionProof) {}

  /** How an element of a list of messages is read. */
  interface Reader {
    SszType type();

    /** Empty for a number beyond any that makes sense, or bits that name nobody. */
    Optional<Message> read(SszValue value);
  }

  private record Reading(SszType type, Function<SszValue, Optional<Message>> of) implements Reader {
    @Override
    public Optional<Message> read(SszValue value) {
      try {
        return of.apply(value);
      } catch (ArithmeticException beyond) {
        return Optional.empty();
      }
    }
  }

  private BeaconTypes types(Fork fork) {
    return new BeaconTypes(fork, spec.preset());
  }

  private DutySlot at(long slot) {
    return new DutySlot(spec, genesis, slot);
  }

  // ---- the kinds

  Reader attestations(Fork fork) {
    Container data = types(fork).container("AttestationData");
    if (fork.isAtLeast(Fork.ELECTRA)) {
      Container type = types(fork).container("SingleAttestation");
      return new Reading(
          type,
          value ->
              Optional.of(
                  attestation(
                      data,
                      type.field(value, "data"),
                      new Signer.Index(number(type, value, "attester_index")),
                      octets(type, value, "signature"))));
    }
    Container type = types(fork).container("Attestation");
    return new Reading(
        type,
        value -> {
          SszValue signed = type.field(value, "data");
          BitSet bits = BitSet.valueOf(octets(type, value, "aggregation_bits").toArray());
          // One place, and the end of the list.
          return bits.cardinality() == 2
              ? Optional.of(
                  attestation(
                      data,
                      signed,
                      new Signer.Seat(number(data, signed, "index"), bits.nextSetBit(0)),
                      octets(type, value, "signature")))
              : Optional.empty();
        });
  }

  private Message attestation(Container data, SszValue signed, Signer signer, Bytes signature) {
    long slot = number(data, signed, "slot");
    return message(
        DutyType.ATTESTER,
        slot,
        signer,
        DomainType.BEACON_ATTESTER,
        Ssz.hashTreeRoot(data, signed),
        signature);
  }

  Reader aggregates(Fork fork) {
    BeaconTypes types = types(fork);
    Container message = types.container("AggregateAndProof");
    Container aggregate = types.container("Attestation");
    Container data = types.container("AttestationData");
    return signed(
        types.container("SignedAggregateAndProof"),
        (value, signature) ->
            proven(
                message(
                    DutyType.AGGREGATOR,
                    number(
                        data, aggregate.field(message.field(value, "aggregate"), "data"), "slot"),
                    new Signer.Index(number(message, value, "aggregator_index")),
                    DomainType.AGGREGATE_AND_PROOF,
                    Ssz.hashTreeRoot(message, value),
                    signature),
                0,
                octets(message, value, "selection_proof")));
  }

  Reader contributions(Fork fork) {
    BeaconTypes types = types(fork);
    Container message = types.container("ContributionAndProof");
    Container contribution = types.container("SyncCommitteeContribution");
    return signed(
        types.container("SignedContributionAndProof"),
        (value, signature) -> {
          SszValue inner = message.field(value, "contribution");
          return proven(
              message(
                  DutyType.SYNC_CONTRIBUTION,
                  number(contribution, inner, "slot"),
                  new Signer.Index(number(message, value, "aggregator_index")),
                  DomainType.CONTRIBUTION_AND_PROOF,
                  Ssz.hashTreeRoot(message, value),
                  signature),
              Math.toIntExact(number(contribution, inner, "subcommittee_index")),
              octets(message, value, "selection_proof"));
        });
  }

  Reader syncMessages(Fork fork) {
    Container type = types(fork).container("SyncCommitteeMessage");
    return new Reading(
        type,
        value ->
            Optional.of(
                message(
                    DutyType.SYNC_MESSAGE,
                    number(type, value, "slot"),
                    new Signer.Index(number(type, value, "validator_index")),
                    DomainType.SYNC_COMMITTEE,
                    Bytes32.of(octets(type, value, "beacon_block_root").toArray()),
                    octets(type, value, "signature"))));
  }

  Reader selections() {
    return new Reading(
        SELECTION,
        value -> {
          long slot = number(SELECTION, value, "slot");
          return Optional.of(
              new Message(
                  DutyType.PREPARE_AGGREGATOR,
                  slot,
                  0,
                  new Signer.Index(number(SELECTION, value, "validator_index")),
                  GivenRule.aggregatorSelection(at(slot)).meaning().root(),
                  octets(SELECTION, value, "selection_proof"),
                  Optional.empty()));
        });
  }

  Reader syncSelections() {
    return new Reading(
        SYNC_SELECTION,
        value -> {
          long slot = number(SYNC_SELECTION, value, "slot");
          int part = Math.toIntExact(number(SYNC_SELECTION, value, "subcommittee_index"));
          return part < DutyType.SYNC_SUBCOMMITTEES
              ? Optional.of(
                  new Message(
                      DutyType.PREPARE_SYNC_CONTRIBUTION,
                      slot,
                      part,
                      new Signer.Index(number(SYNC_SELECTION, value, "validator_index")),
                      GivenRule.syncSelection(at(slot), part).meaning().root(),
                      octets(SYNC_SELECTION, value, "selection_proof"),
                      Optional.empty()))
              : Optional.empty();
        });
  }

  /**
   * A block with what comes with it: its blobs are not signed.
   *
   * @param prefix {@code Blinded} or nothing
   */
  Reader block(Fork fork, String prefix) {
    BeaconTypes types = types(fork);
    Container message = types.container(prefix + "BeaconBlock");
    Reader plain =
        signed(
            types.container("Signed" + prefix + "BeaconBlock"),
            (value, signature) ->
                message(
                    DutyType.PROPOSER,
                    number(message, value, "slot"),
                    new Signer.Index(number(message, value, "proposer_index")),
                    DomainType.BEACON_PROPOSER,
                    Ssz.hashTreeRoot(message, value),
                    signature));
    if (!prefix.isEmpty() || !fork.isAtLeast(Fork.DENEB)) {
      return plain;
    }
    Container contents = types.container("SignedBlockContents");
    return new Reading(contents, value -> plain.read(contents.field(value, "signed_block")));
  }

  /** An exit is of the period that begins with its epoch, or of none. */
  Reader exits() {
    Container message = types(Fork.DENEB).container("VoluntaryExit");
    return signed(
        types(Fork.DENEB).container("SignedVoluntaryExit"),
        (value, signature) -> {
          long slot = Math.multiplyExact(number(message, value, "epoch"), spec.slotsPerEpoch());
          long index = number(message, value, "validator_index");
          return new Message(
              DutyType.EXIT,
              slot,
              0,
              new Signer.Index(index),
              GivenRule.exit(at(slot), index).meaning().root(),
              signature,
              Optional.empty());
        });
  }

  /** What the client signed of a proposal that it asks for. */
  Bytes32 randaoRoot(long slot) {
    return GivenRule.randao(at(slot)).meaning().root();
  }

  // ---- short forms

  private interface SignedReading {
    Message of(SszValue message, Bytes signature);
  }

  private static Reader signed(Container type, SignedReading reading) {
    return new Reading(
        type,
        value ->
            Optional.of(
                reading.of(type.field(value, "message"), octets(type, value, "signature"))));
  }

  private Message message(
      DutyType type, long slot, Signer signer, DomainType domain, Bytes32 root, Bytes signature) {
    return new Message(
        type, slot, 0, signer, at(slot).signable(domain, root).root(), signature, Optional.empty());
  }

  private static Message proven(Message message, int part, Bytes proof) {
    return new Message(
        message.type(),
        message.slot(),
        part,
        message.signer(),
        message.root(),
        message.signature(),
        Optional.of(proof));
  }

  private static long number(Container type, SszValue value, String field) {
    return Ssz.number(type.field(value, field)).longValueExact();
  }

  private static Bytes octets(Container type, SszValue value, String field) {
    return Ssz.octets(type.field(value, field));
  }
}
