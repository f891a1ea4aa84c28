/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The lease in the operator's own database that decides which pods go on when they do not reach one
 * another. It makes failing over quick; safety rests on guard and fence alone. Neighbours: {@code
 * store}, and {@code journal} for how an actor system knows its database.
 */
@NullMarked
package dev.quorate.persistence.lease;

import org.jspecify.annotations.NullMarked;
