/* SPDX-License-Identifier: Apache-2.0 */
/**
 * A network of operators in one process: real TLS links on loopback, a database each, and a beacon
 * simulator in a process of its own, or a real beacon node.
 */
@NullMarked
package dev.quorate.node.simnet;

import org.jspecify.annotations.NullMarked;
