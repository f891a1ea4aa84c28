/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the signing guard knows of an operator's validators, as files and answers (EIP-3076), and
 * what their journals hold, as files that others can check.
 */
@NullMarked
package dev.quorate.node.protection;

import org.jspecify.annotations.NullMarked;
