/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The wish of whoever started this process that it ends: SIGTERM, SIGINT or SIGHUP. The first
 * signal only asks, so that everything closes in its order and the exit status tells how that went;
 * a second one ends the process at once, with status 1.
 */
public final class StopSignal implements AutoCloseable {
  private static final List<String> NAMES = List.of("TERM", "INT", "HUP");
  private static final int FAILED = 1;

  private final CompletableFuture<String> asked = new CompletableFuture<>();
  private final List<Runnable> restore = new ArrayList<>();

  private StopSignal() {}

  /** From now on, until closed, these signals come here. */
  public static StopSignal listen() {
    StopSignal stop = new StopSignal();
    for (String name : NAMES) {
      stop.listenFor(name);
    }
    return stop;
  }

  /** Completed with the name of the first signal. */
  public CompletableFuture<String> asked() {
    return asked;
  }

  /** Blocks until asked, at most so long. */
  public boolean isAskedWithin(long millis) throws InterruptedException {
    try {
      asked.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException notYet) {
      return false;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private void received(String name) {
    if (!asked.complete("SIG" + name)) {
      Runtime.getRuntime().halt(FAILED);
    }
  }

  /**
   * By reflection, since the compiler warns of sun.misc and nothing silences it. The module
   * jdk.unsupported exports and documents it, and a shutdown hook is no substitute: it can neither
   * choose the exit status nor hear a second signal.
   */
  private void listenFor(String name) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      var handle = signalType.getMethod("handle", signalType, handlerType);
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      Object handler =
          Proxy.newProxyInstance(
              StopSignal.class.getClassLoader(),
              new Class<?>[] {handlerType},
              (_, _, _) -> {
                received(name);
                return null;
              });
      Object before = handle.invoke(null, signal, handler);
      restore.add(() -> {
        try {
          handle.invoke(null, signal, before);
        } catch (ReflectiveOperationException impossible) {
          throw new IllegalStateException(impossible);
        }
      });
    } catch (ReflectiveOperationException missing) {
      throw new IllegalStateException("this Java cannot listen for SIG" + name, missing);
    }
  }

  @Override
  public void close() {
    restore.forEach(Runnable::run);
  }
}
