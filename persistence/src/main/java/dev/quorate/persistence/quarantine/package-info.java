/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What an operator refuses since it lost track of what it signed. Guard and fence read it in each
 * of their transactions, so that all pods hold to it at once.
 */
@NullMarked
package dev.quorate.persistence.quarantine;

import org.jspecify.annotations.NullMarked;
