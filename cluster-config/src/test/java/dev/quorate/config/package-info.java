/* SPDX-License-Identifier: Apache-2.0 */
/** Tests of what an operator starts from: every refusal by name, and the way there and back. */
@NullMarked
package dev.quorate.config;

import org.jspecify.annotations.NullMarked;
