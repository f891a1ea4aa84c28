/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.persistence.store;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.Bytes32;

/**
 * Whose database it is. Two operators, clusters or chains on one database would take each other's
 * rows for their own; one operator on two would have no fence.
 *
 * @param operatorKey the operator's public Ed25519 identity key, 32 bytes
 * @param genesisRoot the genesis validators root of the chain
 */
public record OperatorIdentity(Bytes operatorKey, Bytes32 clusterHash, Bytes32 genesisRoot) {}
