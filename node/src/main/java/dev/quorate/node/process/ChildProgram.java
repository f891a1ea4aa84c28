/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Programs on this one's class path, in virtual machines of their own. */
public final class ChildProgram {
  /** The one program, by name: no package of a command must know who knows them all. */
  public static final String QUORATE = "dev.quorate.node.Quorate";

  private ChildProgram() {}

  /**
   * @param javaOptions of the virtual machine; those that the libraries need are added
   * @param main a class with a main method
   */
  public static ProcessBuilder of(List<String> javaOptions, String main, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.addAll(javaOptions);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main));
    command.addAll(arguments);
    return new ProcessBuilder(command);
  }
}
