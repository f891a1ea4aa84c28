/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

/**
 * Something that is wrong with a pod.
 *
 * @param blocking whether the pod is not ready because of it
 */
public record ImpairmentView(String reason, boolean blocking, String message) {}
