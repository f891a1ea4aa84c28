/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.run;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Runs another class's main method in a process that ends with its standard input. Whoever started
 * it holds the other end of that pipe, so that it does not outlive a test, however the test ends.
 */
final class Leash {
  private static final int FAILED = 1;
  private static final long PATIENCE_SECONDS = 10;

  private Leash() {}

  /**
   * @param arguments the name of the other class, and what it is started with
   */
  public static void main(String[] arguments) throws ReflectiveOperationException {
    Thread.ofPlatform().daemon().name("leash").start(Leash::endWithInput);
    Method main = Class.forName(arguments[0]).getDeclaredMethod("main", String[].class);
    main.setAccessible(true);
    main.invoke(null, (Object) Arrays.copyOfRange(arguments, 1, arguments.length));
  }

  private static void endWithInput() {
    try {
      System.in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException broken) {
      // An end like any other.
    }
    Thread.ofPlatform().daemon().name("leash-end").start(Leash::haltIfItTakesLong);
    // With its shutdown hooks, which end what it started itself.
    System.exit(FAILED);
  }

  private static void haltIfItTakesLong() {
    try {
      TimeUnit.SECONDS.sleep(PATIENCE_SECONDS);
    } catch (InterruptedException early) {
      // Nobody does, and it would be an end as well.
    }
    Runtime.getRuntime().halt(FAILED);
  }
}
