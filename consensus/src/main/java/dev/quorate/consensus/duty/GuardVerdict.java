/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.consensus.duty;

/** What the signing guard says to one {@link Signable}. */
public sealed interface GuardVerdict {
  /** The watermark is raised and on disk, or this very root had been granted before. */
  record Granted() implements GuardVerdict {}

  record Refused(Reason reason) implements GuardVerdict {}
}
