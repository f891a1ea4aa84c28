/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.duty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.quorate.consensus.Bytes;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DutiesTest {
  private static final Bytes PUBKEY = Bytes.fromHex("0x" + "ab".repeat(48));

  private static JsonNode json(String text) throws Exception {
    return JsonMapper.builder().build().readTree(text.replace("PUBKEY", "0x" + PUBKEY.hex()));
  }

  @Test
  void dutiesAreReadAsTheyAreWritten() {
    ProposerDuty proposal = new ProposerDuty(PUBKEY, 7, 43);
    assertThat(ProposerDuty.ofJson(proposal.toJson())).contains(proposal);
    SyncDuty seats = new SyncDuty(PUBKEY, 7, List.of(3, 511));
    assertThat(SyncDuty.ofJson(seats.toJson())).contains(seats);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"pubkey\":\"PUBKEY\",\"validator_index\":\"7\"}",
        "{\"pubkey\":\"PUBKEY\",\"validator_index\":\"7\",\"slot\":43}",
        "{\"pubkey\":\"PUBKEY\",\"validator_index\":\"-7\",\"slot\":\"43\"}",
        "{\"pubkey\":\"PUBKEY\",\"validator_index\":\"7\",\"slot\":\"9223372036854775808\"}",
        "{\"pubkey\":\"0xab\",\"validator_index\":\"7\",\"slot\":\"43\"}"
      })
  void whatIsNoProposalIsNotRead(String text) throws Exception {
    assertThat(ProposerDuty.ofJson(json(text))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{}", "[3]", "[\"512\"]", "[\"3\",\"3\"]", "[\"-1\"]", "\"3\""})
  void whatAreNoSeatsAreNotRead(String seats) throws Exception {
    String text =
        "{\"pubkey\":\"PUBKEY\",\"validator_index\":\"7\",\"validator_sync_committee_indices\":%s}";
    assertThat(SyncDuty.ofJson(json(text.formatted("[\"3\"]")))).isPresent();
    assertThat(SyncDuty.ofJson(json(text.formatted(seats)))).isEmpty();
  }

  @Test
  void moreSeatsThanAnyCommitteeHasAreNotRead() {
    List<Integer> all = IntStream.range(0, SyncDuty.COMMITTEE_SIZE_MAX).boxed().toList();
    JsonNode json = new SyncDuty(PUBKEY, 7, all).toJson();
    assertThat(SyncDuty.ofJson(json)).isPresent();
    ((ArrayNode) json.path("validator_sync_committee_indices")).add("0");
    assertThat(SyncDuty.ofJson(json)).isEmpty();
  }

  @Test
  void dutiesThatCannotBeAreRefused() {
    assertThatThrownBy(() -> new ProposerDuty(PUBKEY, -1, 43))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ProposerDuty(PUBKEY, 7, -1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SyncDuty(PUBKEY, 7, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
