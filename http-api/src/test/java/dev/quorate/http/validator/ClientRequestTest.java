/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import dev.quorate.ethereum.ssz.SszType;
import dev.quorate.ethereum.ssz.SszType.Container;
import dev.quorate.ethereum.ssz.SszType.ListOf;
import dev.quorate.ethereum.ssz.SszValue;
import dev.quorate.http.secured.Gate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What has to be read, within the bounds of what is. */
class ClientRequestTest {
  private static final BeaconTypes TYPES = new BeaconTypes(Fork.FULU, Preset.MAINNET);

  /** More than any block has: the largest slashing of two committees of each slot, and blobs. */
  private static final Map<String, Integer> LENGTHS =
      Map.of(
          "attestations", 8,
          "attester_slashings", 1,
          "attesting_indices", 131_072,
          "transactions", 3_000,
          "withdrawals", 16,
          "deposits", 8_192,
          "blob_kzg_commitments", 72,
          "kzg_proofs", 72 * BeaconTypes.CELLS_PER_BLOB,
          "blobs", 72);

  private static ClientRequest request(ByteString body, boolean isSsz) {
    return new ClientRequest(ClientRoute.BLOCKS_V2, "", Map.of(), body, isSsz, "fulu");
  }

  static Stream<SszType> elements() {
    return Stream.of(
        TYPES.container("SingleAttestation"),
        TYPES.container("SignedAggregateAndProof"),
        TYPES.container("SyncCommitteeMessage"),
        TYPES.container("SignedContributionAndProof"),
        ClientMessages.SELECTION,
        ClientMessages.SYNC_SELECTION);
  }

  /** Zeros are the shortest numbers, so that nothing has more items for its size. */
  @ParameterizedTest
  @MethodSource("elements")
  void aListInJsonIsReadHoweverManyItemsOfItFitIntoABody(SszType element) throws Exception {
    String item = SszJson.write(element, Zeros.of(element)).toString();
    int count =
        Math.min(ClientRequest.ITEMS_MAX, (ValidatorApi.BODY_BYTES_MAX - 1) / (item.length() + 1));
    String list = "[" + String.join(",", Collections.nCopies(count, item)) + "]";

    assertThat(count).as("selections of two epochs, of a thousand validators").isGreaterThan(4_000);
    assertThat(request(ByteString.fromString(list), false).items(element))
        .hasSize(count)
        .allMatch(Optional::isPresent);
  }

  @ParameterizedTest
  @MethodSource("elements")
  void aListInSszIsRead(SszType element) throws Exception {
    ListOf list = new ListOf(element, ClientRequest.ITEMS_MAX);
    SszValue items = new SszValue.Items(Collections.nCopies(4_000, Zeros.of(element)));
    Bytes body = Ssz.encode(list, items);

    assertThat(body.size()).isLessThan(ValidatorApi.BODY_BYTES_MAX);
    assertThat(request(ByteString.fromArray(body.toArray()), true).items(element)).hasSize(4_000);
  }

  @Test
  void theLargestBlockIsReadInBothForms() throws Exception {
    Container type = TYPES.container("SignedBlockContents");
    SszValue block = filled(type, "");
    ByteString json = ByteString.fromString(SszJson.write(type, block).toString());
    ByteString ssz = ByteString.fromArray(Ssz.encode(type, block).toArray());

    assertThat(List.of(json, ssz))
        .allSatisfy(body -> assertThat(body.size()).isLessThan(Gate.BODY_BYTES_MAX));
    assertThat(request(json, false).one(type).equals(block)).isTrue();
    assertThat(request(ssz, true).one(type).equals(block)).isTrue();
  }

  private static SszValue filled(SszType type, String field) {
    return switch (type) {
      case Container(var fields) ->
          new SszValue.Items(
              fields.stream().map(inner -> filled(inner.type(), inner.name())).toList());
      case ListOf(var element, long limit) ->
          new SszValue.Items(
              Collections.nCopies(
                  (int) Math.min(limit, LENGTHS.getOrDefault(field, 0)), filled(element, "")));
      case SszType.ByteList(long limit) ->
          new SszValue.Octets(Bytes.wrap(new byte[(int) Math.min(limit, 110)]));
      default -> Zeros.of(type);
    };
  }

  @Test
  void bytesThatAreTextInNoEncodingAreMalformed() {
    ByteString body = ByteString.fromInts(0, 0, 0xff, 0xfe);
    assertThatExceptionOfType(ClientRequest.MalformedException.class)
        .isThrownBy(() -> request(body, false).json());
  }
}
