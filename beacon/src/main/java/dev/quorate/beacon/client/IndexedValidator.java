/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

/** A validator as the chain knows it. */
public record IndexedValidator(long index, ValidatorStatus status) {}
