/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import java.util.List;
import java.util.stream.Collectors;

/** Why a question to a beacon node has no answer. Texts are bounded and without credentials. */
public sealed interface BeaconError {
  /** One line for logs. */
  String describe();

  /**
   * What was asked of whom.
   *
   * @param node scheme, host and port
   * @param endpoint method and path, without parameters
   */
  record Call(String node, String endpoint) {
    @Override
    public String toString() {
      return endpoint + " at " + node;
    }
  }

  /** No connection, or one that broke. */
  record Unreachable(Call call, String detail) implements BeaconError {
    public Unreachable {
      detail = BoundedText.of(detail);
    }

    @Override
    public String describe() {
      return call + ": no connection: " + detail;
    }
  }

  /** The whole answer was not there in time, be it the connection, the head or the body. */
  record TimedOut(Call call, long timeoutMillis) implements BeaconError {
    @Override
    public String describe() {
      return call + ": no whole answer within " + timeoutMillis + " ms";
    }
  }

  /**
   * Another status than success. Redirections are not followed.
   *
   * @param message what the node said about it; may be empty
   */
  record BadStatus(Call call, int status, String message) implements BeaconError {
    public BadStatus {
      message = BoundedText.of(message);
    }

    @Override
    public String describe() {
      return call + ": status " + status + (message.isEmpty() ? "" : ": " + message);
    }
  }

  /** A body that is too long, malformed, or an answer to another question. */
  record BadAnswer(Call call, String detail) implements BeaconError {
    public BadAnswer {
      detail = BoundedText.of(detail);
    }

    @Override
    public String describe() {
      return call + ": " + detail;
    }
  }

  /** Nobody was asked: there is no node, or none but such as no duty may be done with. */
  record NoSoundNode() implements BeaconError {
    @Override
    public String describe() {
      return "no beacon node is fit to be asked; ./quorate status tells why";
    }
  }

  /** Every node of the operator failed; in the order in which they did. */
  record AllNodesFailed(List<BeaconError> errors) implements BeaconError {
    public AllNodesFailed {
      errors = List.copyOf(errors);
    }

    @Override
    public String describe() {
      return errors.stream().map(BeaconError::describe).collect(Collectors.joining("; "));
    }
  }
}
