/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.List;
import java.util.Optional;

/**
 * {@code GET /v1/validators}: one page, in the order of the cluster file.
 *
 * @param page from 1
 * @param total validators on all pages
 */
public record ValidatorsView(int page, int size, int total, List<Validator> validators) {

  /**
   * @param position in the cluster file, from 0
   * @param up whether the validator's entity is up
   * @param lastDuty the last that ended in this pod; absent if none did
   */
  public record Validator(
      int position, String publicKey, boolean up, Optional<DutiesView.Duty> lastDuty) {}
}
