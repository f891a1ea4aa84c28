/* SPDX-License-Identifier: Apache-2.0 */
/** What the tests of all packages share: databases, seeds, random events. */
@NullMarked
package dev.quorate.persistence;

import org.jspecify.annotations.NullMarked;
