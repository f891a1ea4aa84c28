/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Third-party test data beside the checkout. */
public final class Shared {
  private Shared() {}

  /** A folder of it; without it the test is skipped, loudly. */
  public static Path folder(String name) {
    Path folder = Path.of(System.getProperty("quorate.shared", "../../shared")).resolve(name);
    if (!Files.isDirectory(folder)) {
      System.err.println("SKIPPED: no third-party vectors in " + folder);
      Assumptions.abort("no third-party vectors in " + folder);
    }
    return folder;
  }
}
