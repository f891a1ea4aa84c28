/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.client.BeaconError.Call;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.attestation.AttestationData;
import dev.quorate.ethereum.block.Proposal;
import dev.quorate.ethereum.chain.ChainSpec;
import dev.quorate.ethereum.chain.Genesis;
import dev.quorate.ethereum.duty.DutySlot;
import dev.quorate.ethereum.inclusion.Inclusion;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a beacon node's answers are read with, behind the connection. */
public final class NodeAnswers {
  private NodeAnswers() {}

  private static Answer answer(int status, byte[] body) {
    return new Answer(
        new Call("http://127.0.0.1:5052", "GET /"), status, Map.of(), false, Bytes.wrap(body));
  }

  /**
   * A block in SSZ or in JSON, full or blinded, as the lowest bits of the first byte say.
   *
   * @param input at least a byte
   */
  public static Proposal block(byte[] input, DutySlot at) {
    return BeaconNode.block(
        new Answer(
            new Call("http://127.0.0.1:5052", "GET /"),
            200,
            Map.of(
                "eth-consensus-version", at.fork().consensusVersion(),
                "eth-execution-payload-blinded", Boolean.toString((input[0] & 2) != 0)),
            (input[0] & 1) != 0,
            Bytes.wrap(Arrays.copyOfRange(input, 1, input.length))),
        at);
  }

  public static JsonNode json(byte[] body) {
    return answer(200, body).json();
  }

  public static Genesis genesis(byte[] body) {
    return answer(200, body).data(Genesis::ofJson);
  }

  public static ChainSpec spec(byte[] body) {
    return BeaconNode.spec(answer(200, body));
  }

  public static SyncStatus syncing(byte[] body) {
    return answer(200, body).data(SyncStatus::ofJson);
  }

  public static Map<Bytes, IndexedValidator> validators(byte[] body, Set<Bytes> asked) {
    return BeaconNode.validators(answer(200, body), asked);
  }

  public static AttesterDuties duties(byte[] body, Set<Long> asked) {
    return BeaconNode.duties(answer(200, body), asked);
  }

  public static Map<Long, Inclusion> attestationInclusion(byte[] body, Set<Long> asked) {
    return BeaconNode.attestationInclusion(answer(200, body), asked);
  }

  public static Map<Long, Inclusion> syncInclusion(byte[] body, Set<Long> asked) {
    return BeaconNode.syncInclusion(answer(200, body), asked);
  }

  public static AttestationData attestationData(byte[] body) {
    return answer(200, body).data(AttestationData::ofJson);
  }

  /** The items that a refusal names, of {@code items}. */
  public static Optional<Map<Integer, String>> failures(byte[] body, int items) {
    Answer answer = answer(400, body);
    SubmissionTexts.meaningOf(answer.message());
    BoundedText.of(answer.message());
    return answer.failures(items);
  }

  public static Optional<HeadEvent> head(String data) {
    return Answer.object(data).flatMap(HeadEvent::ofJson);
  }

  /** Whether a request can be made of it. */
  public static void request(BeaconUrl url) {
    Query.get("/eth/v1/config/spec", "slot=1", 1).request(url);
  }
}
