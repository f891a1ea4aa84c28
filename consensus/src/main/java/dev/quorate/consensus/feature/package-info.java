/* SPDX-License-Identifier: Apache-2.0 */
/** What the software of the operators can do, and how they agree on it. */
@NullMarked
package dev.quorate.consensus.feature;

import org.jspecify.annotations.NullMarked;
