/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The keymanager API, by which tools manage this operator's key shares. Neighbours: {@code actors}'
 * {@code KeyDesk}, which does it; {@code cluster-config} for what cannot be managed.
 */
@NullMarked
package dev.quorate.http.keymanager;

import org.jspecify.annotations.NullMarked;
