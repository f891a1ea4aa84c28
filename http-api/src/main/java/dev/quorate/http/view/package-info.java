/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the admin API says, one record a route; the names of their parts are the keys of the JSON,
 * and docs and tests hold them to {@code openapi.json}. Reasons, kinds and outcomes are text, so
 * that who reads them need not know all that a newer pod may say. Neighbours: none.
 */
@NullMarked
package dev.quorate.http.view;

import org.jspecify.annotations.NullMarked;
