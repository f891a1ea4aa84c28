/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.ethereum.domain;

/**
 * What a signature is for (consensus-specs, "Domain types" of phase0 and altair; builder-specs for
 * the last one).
 */
public enum DomainType {
  BEACON_PROPOSER(0x00000000),
  BEACON_ATTESTER(0x01000000),
  RANDAO(0x02000000),
  DEPOSIT(0x03000000),
  VOLUNTARY_EXIT(0x04000000),
  SELECTION_PROOF(0x05000000),
  AGGREGATE_AND_PROOF(0x06000000),
  SYNC_COMMITTEE(0x07000000),
  SYNC_COMMITTEE_SELECTION_PROOF(0x08000000),
  CONTRIBUTION_AND_PROOF(0x09000000),
  APPLICATION_BUILDER(0x00000001);

  /** Its four bytes as they are written, the first one highest. */
  final int bytes;

  DomainType(int bytes) {
    this.bytes = bytes;
  }
}
