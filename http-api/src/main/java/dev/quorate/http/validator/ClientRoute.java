/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.validator;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What a client may hand in, and which of its questions are answered or changed here. Every other
 * question goes to a beacon node as it is, but for those of validators; neither these nor anything
 * else that is handed in does, as it may hold a signature.
 */
enum ClientRoute {
  ATTESTATION_DATA("GET /eth/v1/validator/attestation_data"),
  ATTESTATIONS_V1("POST /eth/v1/beacon/pool/attestations"),
  ATTESTATIONS_V2("POST /eth/v2/beacon/pool/attestations"),
  SELECTIONS("POST /eth/v1/validator/beacon_committee_selections"),
  AGGREGATE_V1("GET /eth/v1/validator/aggregate_attestation"),
  AGGREGATE_V2("GET /eth/v2/validator/aggregate_attestation"),
  AGGREGATES_V1("POST /eth/v1/validator/aggregate_and_proofs"),
  AGGREGATES_V2("POST /eth/v2/validator/aggregate_and_proofs"),
  SYNC_MESSAGES("POST /eth/v1/beacon/pool/sync_committees"),
  SYNC_SELECTIONS("POST /eth/v1/validator/sync_committee_selections"),
  CONTRIBUTION("GET /eth/v1/validator/sync_committee_contribution"),
  CONTRIBUTIONS("POST /eth/v1/validator/contribution_and_proofs"),
  BLOCK_V2("GET /eth/v2/validator/blocks/{}"),
  BLOCK_V3("GET /eth/v3/validator/blocks/{}"),
  BLINDED_BLOCK("GET /eth/v1/validator/blinded_blocks/{}"),
  BLOCKS_V1("POST /eth/v1/beacon/blocks"),
  BLOCKS_V2("POST /eth/v2/beacon/blocks"),
  BLINDED_BLOCKS_V1("POST /eth/v1/beacon/blinded_blocks"),
  BLINDED_BLOCKS_V2("POST /eth/v2/beacon/blinded_blocks"),
  EXITS("POST /eth/v1/beacon/pool/voluntary_exits"),
  LIVENESS("POST /eth/v1/validator/liveness/{}"),
  /** The cluster's configuration says it. */
  PREPARATIONS("POST /eth/v1/validator/prepare_beacon_proposer"),
  REGISTRATIONS("POST /eth/v1/validator/register_validator"),
  /** Of the pod, not of the node behind it. */
  VERSION("GET /eth/v1/node/version"),
  HEAD_ROOT("GET /eth/v1/beacon/blocks/head/root"),
  /** Passed on, with the heads that were agreed on behind others. */
  EVENTS("GET /eth/v1/events"),

  // Passed on with other keys.
  ATTESTER_DUTIES("POST /eth/v1/validator/duties/attester/{}"),
  PROPOSER_DUTIES_V1("GET /eth/v1/validator/duties/proposer/{}"),
  PROPOSER_DUTIES_V2("GET /eth/v2/validator/duties/proposer/{}"),
  SYNC_DUTIES("POST /eth/v1/validator/duties/sync/{}"),
  VALIDATORS("GET /eth/v1/beacon/states/{}/validators"),
  VALIDATORS_POSTED("POST /eth/v1/beacon/states/{}/validators"),
  VALIDATOR("GET /eth/v1/beacon/states/{}/validators/{}"),
  BALANCES("GET /eth/v1/beacon/states/{}/validator_balances"),
  BALANCES_POSTED("POST /eth/v1/beacon/states/{}/validator_balances"),
  IDENTITIES("POST /eth/v1/beacon/states/{}/validator_identities"),

  // Passed on likewise: nothing in them is signed.
  COMMITTEE_SUBSCRIPTIONS("POST /eth/v1/validator/beacon_committee_subscriptions"),
  SYNC_SUBSCRIPTIONS("POST /eth/v1/validator/sync_committee_subscriptions"),
  ATTESTATION_REWARDS("POST /eth/v1/beacon/rewards/attestations/{}"),
  SYNC_REWARDS("POST /eth/v1/beacon/rewards/sync_committee/{}");

  private static final String PARAMETER = "{}";

  private final String method;
  private final String path;

  /**
   * @param template of requests; parts of the path may be parameters
   */
  ClientRoute(String template) {
    this.method = template.substring(0, template.indexOf(' '));
    this.path = template.substring(template.indexOf('/') + 1);
  }

  /**
   * A route and the last part of its path that is a parameter.
   *
   * @param parameter empty where the route has none
   */
  record Found(ClientRoute route, String parameter) {}

  /**
   * @param path its segments
   */
  static Optional<Found> of(String method, List<String> path) {
    return Arrays.stream(values())
        .filter(route -> route.method.equals(method) && route.matches(path))
        .map(route -> new Found(route, route.parameter(path)))
        .findFirst();
  }

  private boolean matches(List<String> asked) {
    List<String> parts = parts();
    return asked.size() == parts.size()
        && IntStream.range(0, parts.size())
            .allMatch(i -> parts.get(i).equals(PARAMETER) || parts.get(i).equals(asked.get(i)));
  }

  private String parameter(List<String> asked) {
    int last = parts().lastIndexOf(PARAMETER);
    return last < 0 ? "" : asked.get(last);
  }

  private List<String> parts() {
    return List.of(path.split("/", -1));
  }
}
