/* SPDX-License-Identifier: Apache-2.0 */
/**
 * Pekko's journal and snapshot store on an operator's database: settings, the wiring into an actor
 * system, and what the plugin does differently here. Neighbours: {@code store}.
 */
@NullMarked
package dev.quorate.persistence.journal;

import org.jspecify.annotations.NullMarked;
