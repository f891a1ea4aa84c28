/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http;

import dev.quorate.http.view.ErrorView;
import dev.quorate.http.view.ReadinessView;

/** What the API says to a request. */
sealed interface Answer {
  int status();

  /**
   * @param view becomes JSON
   */
  record Found(Object view) implements Answer {
    @Override
    public int status() {
      return 200;
    }
  }

  record Readiness(ReadinessView view) implements Answer {
    @Override
    public int status() {
      return view.ready() ? 200 : 503;
    }
  }

  /** A text that is no view, as it is. */
  record Document(String contentType, String content) implements Answer {
    @Override
    public int status() {
      return 200;
    }
  }

  /** The request cannot be answered. */
  record Refused(Refusal refusal, String message) implements Answer {
    @Override
    public int status() {
      return refusal.status();
    }

    ErrorView view() {
      return new ErrorView(new ErrorView.Refusal(refusal.name(), message));
    }
  }

  /** Why a request cannot be answered. */
  enum Refusal {
    /** It is no HTTP request, or one that is larger than any that makes sense. */
    MALFORMED_REQUEST(400),
    /** A parameter of the query is unknown, given twice or out of its bounds. */
    BAD_PARAMETER(400),
    /** The signature is not this operator's over what is asked for. */
    WRONG_SIGNATURE(403),
    UNKNOWN_ROUTE(404),
    UNKNOWN_VALIDATOR(404),
    /** The journal tells nothing of the duty; the message says what is known instead. */
    NOT_IN_JOURNAL(404),
    METHOD_NOT_ALLOWED(405),
    URI_TOO_LONG(414),
    /** The pod failed to answer; its log says why. */
    INTERNAL_FAILURE(500),
    /** A row of the journal is not what was written. */
    JOURNAL_DAMAGED(500),
    /** An entity, the database or another pod did not answer in time. */
    TIMED_OUT(503),
    /** Others are being answered for whom it takes the database. */
    TOO_BUSY(503);

    private final int status;

    Refusal(int status) {
      this.status = status;
    }

    int status() {
      return status;
    }
  }
}
