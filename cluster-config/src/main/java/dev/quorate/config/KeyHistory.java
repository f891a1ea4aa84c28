/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

/** What whole keys did before they were split. Whoever splits a key has to say. */
public sealed interface KeyHistory {
  /** Nothing: they never signed for a validator, anywhere. */
  record NeverValidated() implements KeyHistory {}

  /** They validated, and this is what they may not contradict. */
  record Validated(Protection protection) implements KeyHistory {}
}
