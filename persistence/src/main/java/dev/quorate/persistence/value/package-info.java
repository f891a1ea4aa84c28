/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The bytes of decided values that are too large for the journal. Neighbours: {@code store}, and
 * values of {@code consensus}.
 */
@NullMarked
package dev.quorate.persistence.value;

import org.jspecify.annotations.NullMarked;
