/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.attestation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;
import dev.quorate.ethereum.SharedVectors;
import dev.quorate.ethereum.chain.Fork;
import dev.quorate.ethereum.chain.Preset;
import dev.quorate.ethereum.ssz.BeaconTypes;
import dev.quorate.ethereum.ssz.Ssz;
import dev.quorate.ethereum.ssz.SszJson;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttestationTest {
  private static final Bytes32 HEAD = Bytes32.sha256(new byte[] {1});
  private static final AttestationData DATA =
      new AttestationData(100, 0, HEAD, new Checkpoint(2, Bytes32.ZERO), new Checkpoint(3, HEAD));
  private static final Bytes PUBKEY = Bytes.fromHex("aa".repeat(48));
  private static final AttesterDuty DUTY = new AttesterDuty(PUBKEY, 77, 5, 11, 64, 9, 100);
  private static final Bytes SIGNATURE = Bytes.fromHex("bb".repeat(96));

  @Test
  void laysOutAttestationDataAsTheSpecificationDoes() {
    assertThat(DATA.encode().hex())
        .isEqualTo(
            "6400000000000000"
                + "0000000000000000"
                + HEAD.hex()
                + "0200000000000000"
                + "00".repeat(32)
                + "0300000000000000"
                + HEAD.hex());
    assertThat(AttestationData.decode(DATA.encode())).contains(DATA);
    assertThat(AttestationData.ofJson(DATA.toJson())).contains(DATA);
  }

  @Test
  void hashesAsTheEngineDoes() {
    var type = new BeaconTypes(Fork.FULU, Preset.MAINNET).container("AttestationData");
    var value = Ssz.decode(type, DATA.encode()).orElseThrow();
    assertThat(DATA.hashTreeRoot()).isEqualTo(Ssz.hashTreeRoot(type, value));
    assertThat(DATA.toJson()).isEqualTo(SszJson.write(type, value));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 8, 48, 88})
  void refusesNumbersOf64Bits(int offset) {
    byte[] bytes = DATA.encode().toArray();
    Arrays.fill(bytes, offset, offset + 8, (byte) 0xff);
    assertThat(AttestationData.decode(Bytes.of(bytes))).isEmpty();
    bytes[offset + 7] = 0x7f;
    assertThat(AttestationData.decode(Bytes.wrap(bytes))).isPresent();
  }

  @Test
  void refusesAnyOtherLength() {
    byte[] bytes = DATA.encode().toArray();
    assertThat(AttestationData.decode(Bytes.EMPTY)).isEmpty();
    assertThat(AttestationData.decode(Bytes.wrap(Arrays.copyOf(bytes, 127)))).isEmpty();
    assertThat(AttestationData.decode(Bytes.wrap(Arrays.copyOf(bytes, 129)))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "slot, 9223372036854775808",
    "slot, 18446744073709551616",
    "slot, -1",
    "index, x",
    "beacon_block_root, 0x00",
    "source, 1",
    "target, 1"
  })
  void refusesJsonWith(String field, String value) {
    assertThat(AttestationData.ofJson(DATA.toJson().put(field, value))).isEmpty();
    ObjectNode lacking = DATA.toJson();
    lacking.remove(field);
    assertThat(AttestationData.ofJson(lacking)).isEmpty();
  }

  @Test
  void takesTheLargestNumbersThatJavaHolds() {
    Checkpoint last = new Checkpoint(Long.MAX_VALUE, HEAD);
    AttestationData extreme = new AttestationData(Long.MAX_VALUE, Long.MAX_VALUE, HEAD, last, last);
    assertThat(AttestationData.decode(extreme.encode())).contains(extreme);
    assertThat(AttestationData.ofJson(extreme.toJson())).contains(extreme);
    assertThatIllegalArgumentException().isThrownBy(() -> new Checkpoint(-1, HEAD));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttestationData(-1, 0, HEAD, last, last));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new AttestationData(0, -1, HEAD, last, last));
  }

  @ParameterizedTest
  @EnumSource(names = {"PHASE0", "DENEB"})
  void submitsOneBitOfTheCommitteeBeforeElectra(Fork fork) {
    JsonNode json = new SignedAttestation(DATA, DUTY, SIGNATURE).toJson(fork);
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("aggregation_bits", "data", "signature");
    // Bit 9 of 11, and the delimiter at 11.
    assertThat(json.path("aggregation_bits").textValue()).isEqualTo("0x000a");
    assertThat(json.path("data").path("index").textValue()).isEqualTo("5");
    var type = new BeaconTypes(fork, Preset.MAINNET).container("Attestation");
    assertThat(SszJson.read(type, json)).isPresent();
  }

  @ParameterizedTest
  @EnumSource(names = {"ELECTRA", "FULU"})
  void submitsASingleAttestationSinceElectra(Fork fork) {
    JsonNode json = new SignedAttestation(DATA, DUTY, SIGNATURE).toJson(fork);
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly("committee_index", "attester_index", "data", "signature");
    assertThat(json.path("committee_index").textValue()).isEqualTo("5");
    assertThat(json.path("attester_index").textValue()).isEqualTo("77");
    assertThat(json.path("data")).isEqualTo(DATA.toJson());
    var type = new BeaconTypes(fork, Preset.MAINNET).container("SingleAttestation");
    assertThat(SszJson.read(type, json)).isPresent();
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 0x03", "7, 6, 0xc0", "8, 0, 0x0101", "8, 7, 0x8001", "9, 8, 0x0003"})
  void putsTheDelimiterBehindTheCommittee(int length, int place, String bits) {
    AttesterDuty duty = new AttesterDuty(PUBKEY, 77, 5, length, 64, place, 100);
    JsonNode json = new SignedAttestation(DATA, duty, SIGNATURE).toJson(Fork.DENEB);
    assertThat(json.path("aggregation_bits").textValue()).isEqualTo(bits);
  }

  @Test
  void readsTheSamplesOfABeaconNode() {
    JsonNode answer = sample("v1/validator/postAttesterDuties.json").path("data").path(0);
    AttesterDuty duty = AttesterDuty.ofJson(answer).orElseThrow();
    assertThat(duty.committeeLength()).isEqualTo(2);
    assertThat(duty.toJson()).isEqualTo(answer);
    JsonNode data = sample("v1/validator/getAttestationData.json").path("data");
    assertThat(AttestationData.ofJson(data).orElseThrow().toJson()).isEqualTo(data);
  }

  @ParameterizedTest
  @CsvSource({
    "pubkey, 0xaa",
    "validator_index, 18446744073709551615",
    "committee_index, 64",
    "committee_length, 2049",
    "committee_length, 2147483648",
    "committees_at_slot, 5",
    "validator_committee_index, 11",
    "slot, 9223372036854775808"
  })
  void refusesADutyWith(String field, String value) {
    assertThat(AttesterDuty.ofJson(DUTY.toJson())).contains(DUTY);
    assertThat(AttesterDuty.ofJson(DUTY.toJson().put(field, value))).isEmpty();
    ObjectNode lacking = DUTY.toJson();
    lacking.remove(field);
    assertThat(AttesterDuty.ofJson(lacking)).isEmpty();
  }

  @Test
  void refusesASignatureOfAnotherLength() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new SignedAttestation(DATA, DUTY, Bytes.EMPTY));
  }

  private static JsonNode sample(String name) {
    return SharedVectors.json(
        SharedVectors.at("beacon-api-samples/teku/data/beaconrestapi/handlers/" + name));
  }
}
