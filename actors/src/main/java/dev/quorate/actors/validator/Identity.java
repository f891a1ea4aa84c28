/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.validator;

import dev.quorate.consensus.Bytes;

/**
 * Which validator an entity is.
 *
 * @param position in the cluster file, from 0
 * @param groupKey the group's public key, 48 bytes
 */
public record Identity(int position, Bytes groupKey) {}
