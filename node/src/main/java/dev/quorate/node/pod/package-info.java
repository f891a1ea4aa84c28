/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One pod of one operator and what it needs of its machine. Neighbours: {@code actors}, which is
 * the pod, {@code http-api} which shows it, {@code persistence} for its database and {@code
 * cluster-config} for its settings.
 */
@NullMarked
package dev.quorate.node.pod;

import org.jspecify.annotations.NullMarked;
