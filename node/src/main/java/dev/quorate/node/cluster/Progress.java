/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.cluster;

import java.io.PrintWriter;

/** Says now and then how far something slow is; what is done within a second passes in silence. */
final class Progress {
  private static final long INTERVAL_NANOS = 1_000_000_000;

  private final PrintWriter out;
  private final String what;
  private long lastNanos = System.nanoTime();

  Progress(PrintWriter out, String what) {
    this.out = out;
    this.what = what;
  }

  void on(int done) {
    long now = System.nanoTime();
    if (now - lastNanos >= INTERVAL_NANOS) {
      lastNanos = now;
      out.println(what + ": " + done);
      out.flush();
    }
  }
}
