/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

/** All validators' duties of one type, slot and part: what they do, they do at the same time. */
public record DutyGroup(DutyType type, long slot, int part) {}
