/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.List;

/** {@code GET /readyz}: whether the pod can do its duties, and what is wrong. */
public record ReadinessView(boolean ready, List<ImpairmentView> impairments) {}
