/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The command line: what a user types becomes calls of the modules below, what they answer becomes
 * text and an exit status. Each command is a package of its own that only this one names.
 */
@NullMarked
package dev.quorate.node;

import org.jspecify.annotations.NullMarked;
