/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the admin API says, one record a route; the names of their parts are the keys of the JSON,
 * and docs and tests hold them to {@code openapi.json}. Neighbours: the words of {@code consensus}.
 */
@NullMarked
package dev.quorate.http.view;

import org.jspecify.annotations.NullMarked;
