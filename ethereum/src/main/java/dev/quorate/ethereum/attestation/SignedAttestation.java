/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.attestation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.ethereum.chain.Fork;

/**
 * One validator's attestation, ready for {@code POST /eth/v2/beacon/pool/attestations}.
 *
 * @param data the decided value; its index is filled in by {@link #toJson}
 * @param signature 96 bytes, compressed
 */
public record SignedAttestation(AttestationData data, AttesterDuty duty, Bytes signature) {
  public SignedAttestation {
    if (signature.size() != 96) {
      throw new IllegalArgumentException("a signature of " + signature.size() + " bytes");
    }
  }

  /**
   * The form that beacon nodes take at {@code fork}, that of the attestation's slot: {@code
   * Attestation} with one bit up to deneb, {@code SingleAttestation} from electra on (EIP-7549).
   */
  public ObjectNode toJson(Fork fork) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    if (fork.isAtLeast(Fork.ELECTRA)) {
      json.put("committee_index", Long.toString(duty.committeeIndex()));
      json.put("attester_index", Long.toString(duty.validatorIndex()));
    } else {
      json.put("aggregation_bits", ApiJson.hex(duty.aggregationBits()));
    }
    json.set("data", data.assigned(duty, fork).toJson());
    return json.put("signature", ApiJson.hex(signature));
  }
}
