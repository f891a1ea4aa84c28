/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the APIs have in common whose callers show a token and may need TLS. Neighbours: {@code
 * cluster-config} for where they listen and with what.
 */
@NullMarked
package dev.quorate.http.secured;

import org.jspecify.annotations.NullMarked;
