/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code GET /v1/duties/explain}: how one duty went for this operator, from its journal alone.
 * Instants are Unix milliseconds by the operator's clock.
 *
 * @param validator position in the cluster file
 * @param operator position of this operator
 * @param operators names, in the order of the cluster file
 * @param value the hash of what was decided
 * @param signed what this operator intended to sign
 * @param silent operators of which no partial signature is on record, this one included, once the
 *     group's signature is complete or there were too few
 * @param atFault operators that a missed duty lacked, as this one saw it
 * @param inclusion INCLUDED or NOT_INCLUDED on chain, which the journal does not hold: absent where
 *     no running pod knows it
 * @param why the reason of a miss, else why this operator did not vote or sign; absent where
 *     nothing went wrong
 * @param refusal why this operator did not vote or sign, where that is not {@code why}
 * @param dueMillis what rounds are counted from, unless the block came earlier
 * @param deadlineMillis when the duty is worth nothing any more
 * @param deletedBeforeMillis rows that were written before are gone; absent if none are
 * @param toldAtMillis when this was told
 */
public record ExplanationView(
    ValidatorView.Duty duty,
    int validator,
    String publicKey,
    int operator,
    List<String> operators,
    Optional<String> value,
    Optional<Signed> signed,
    List<Integer> silent,
    List<Integer> atFault,
    Optional<String> inclusion,
    Optional<Why> why,
    Optional<Why> refusal,
    long startMillis,
    long dueMillis,
    long deadlineMillis,
    OptionalLong deletedBeforeMillis,
    long toldAtMillis) {

  /**
   * @param root the signing root
   * @param source epoch
   * @param target epoch
   */
  public record Signed(String root, long source, long target) {}

  /**
   * One of the product's list of reasons.
   *
   * @param meaning in words
   * @param remedy what to do about it
   */
  public record Why(String reason, String meaning, String remedy) {}
}
