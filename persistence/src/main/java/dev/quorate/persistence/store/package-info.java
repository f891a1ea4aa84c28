/* SPDX-License-Identifier: Apache-2.0 */
/**
 * One operator's database, H2 file or PostgreSQL by its URL alone: opened, migrated, bound to its
 * owner, and every commit forced to disk before it is acknowledged. Journal, guard and fence stand
 * on this package; it knows none of them.
 */
@NullMarked
package dev.quorate.persistence.store;

import org.jspecify.annotations.NullMarked;
