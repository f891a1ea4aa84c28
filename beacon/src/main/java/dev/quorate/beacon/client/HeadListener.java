/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

/** Told of new heads, on threads of the HTTP client: hands them on and returns at once. */
@FunctionalInterface
public interface HeadListener {
  /**
   * @param node position in {@link BeaconNodes#nodes()}
   */
  void onHead(int node, HeadEvent head);
}
