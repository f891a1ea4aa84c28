/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the operator's people approved of, and nothing else may decide. Neighbours: {@code store}.
 */
@NullMarked
package dev.quorate.persistence.approval;

import org.jspecify.annotations.NullMarked;
