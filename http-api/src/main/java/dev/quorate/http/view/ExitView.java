/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

/**
 * That this operator approves that a validator leaves.
 *
 * @param validator position in the cluster file
 * @param slot names the duty that all operators who approve sign: the first of the period
 * @param epoch of the exit
 * @param deadlineMillis by when as many as {@code threshold} have to approve, Unix milliseconds
 */
public record ExitView(
    int validator, String publicKey, long slot, long epoch, long deadlineMillis, int threshold) {}
