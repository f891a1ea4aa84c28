/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

/** The body of every answer that is not a success. */
public record ErrorView(Refusal error) {

  /**
   * @param reason for programs
   * @param message for people
   */
  public record Refusal(String reason, String message) {}
}
