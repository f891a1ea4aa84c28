/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The admin API of a pod: what operators, dashboards and orchestrators may know of it, over HTTP
 * and read-only. Neighbours: {@code actors}, whose pod it looks at through {@link PodView} alone.
 */
@NullMarked
package dev.quorate.http;

import org.jspecify.annotations.NullMarked;
