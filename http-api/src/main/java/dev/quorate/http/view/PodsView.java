/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.List;

/** {@code GET /v1/pods}: the members of this operator's cluster. */
public record PodsView(List<Pod> pods) {

  /**
   * @param address of the member in the cluster
   * @param status of the membership, such as UP
   * @param self whether it is the one that answers
   * @param shards of validators that are in this pod
   * @param entities validators that are in this pod
   */
  public record Pod(
      String address, String status, boolean self, boolean reachable, int shards, int entities) {}
}
