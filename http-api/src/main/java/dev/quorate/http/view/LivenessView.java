/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

/** {@code GET /livez}: there is someone to answer. */
public record LivenessView(boolean live) {}
