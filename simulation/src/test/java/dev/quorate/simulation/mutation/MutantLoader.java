/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.simulation.mutation;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.tools.DiagnosticCollector;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;

/**
 * The project's classes once more, as they would be if some source files read otherwise. Libraries
 * are shared with the parent, so arguments and results pass between the two worlds only as types of
 * the Java platform. A constant that is edited keeps its value in files that are not.
 */
final class MutantLoader extends ClassLoader {
  // jblst comes along: a native library's symbols are found by the loader that loaded it alone.
  private static final List<String> OWN_PREFIXES = List.of("dev.quorate.", "supranational.blst.");

  private final Map<String, byte[]> edited;

  private MutantLoader(Map<String, byte[]> edited) {
    super(MutantLoader.class.getClassLoader());
    this.edited = edited;
  }

  /**
   * Compiles the edited files against the class path of this very process.
   *
   * @param checkout the folder that the edits' files are relative to
   * @throws IllegalArgumentException if an edit does not fit its file, or if the result does not
   *     compile; then with the compiler's words
   */
  static MutantLoader of(Path checkout, List<Edit> edits) throws IOException {
    Map<Path, String> sources = new LinkedHashMap<>();
    for (Edit edit : edits) {
      Path file = checkout.resolve(edit.file());
      String before = sources.containsKey(file) ? sources.get(file) : Files.readString(file);
      sources.put(file, edit.applyTo(before));
    }
    return new MutantLoader(compile(sources));
  }

  @Override
  protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
    if (OWN_PREFIXES.stream().noneMatch(name::startsWith)) {
      return super.loadClass(name, resolve);
    }
    synchronized (getClassLoadingLock(name)) {
      Class<?> loaded = findLoadedClass(name);
      if (loaded != null) {
        return loaded;
      }
      byte[] code = edited.containsKey(name) ? edited.get(name) : parentsCode(name);
      return defineClass(name, code, 0, code.length);
    }
  }

  private byte[] parentsCode(String name) throws ClassNotFoundException {
    try (InputStream code =
        getParent()
            .getResourceAsStream(name.replace('.', '/') + JavaFileObject.Kind.CLASS.extension)) {
      if (code == null) {
        throw new ClassNotFoundException(name);
      }
      return code.readAllBytes();
    } catch (IOException unreadable) {
      throw new ClassNotFoundException(name, unreadable);
    }
  }

  private static Map<String, byte[]> compile(Map<Path, String> sources) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> complaints = new DiagnosticCollector<>();
    List<Source> units =
        sources.entrySet().stream()
            .map(file -> new Source(file.getKey(), file.getValue()))
            .toList();
    try (MemoryFiles files =
        new MemoryFiles(compiler.getStandardFileManager(complaints, null, null))) {
      List<String> options =
          List.of(
              "-classpath",
              System.getProperty("java.class.path"),
              "-proc:none",
              "-implicit:none",
              "-nowarn");
      if (!compiler.getTask(null, files, complaints, options, null, units).call()) {
        throw new IllegalArgumentException(
            complaints.getDiagnostics().stream()
                .map(Object::toString)
                .collect(Collectors.joining("\n")));
      }
      return files.classes();
    }
  }

  private static final class Source extends SimpleJavaFileObject {
    private final String text;

    Source(Path file, String text) {
      super(file.toUri(), Kind.SOURCE);
      this.text = text;
    }

    @Override
    public CharSequence getCharContent(boolean ignoreEncodingErrors) {
      return text;
    }
  }

  private static final class MemoryFiles extends ForwardingJavaFileManager<JavaFileManager> {
    private final Map<String, ByteArrayOutputStream> written = new HashMap<>();

    MemoryFiles(JavaFileManager parent) {
      super(parent);
    }

    Map<String, byte[]> classes() {
      return written.entrySet().stream()
          .collect(Collectors.toMap(Map.Entry::getKey, file -> file.getValue().toByteArray()));
    }

    @Override
    public JavaFileObject getJavaFileForOutput(
        Location location, String className, JavaFileObject.Kind kind, @Nullable FileObject of) {
      return new SimpleJavaFileObject(URI.create("memory:///" + className), kind) {
        @Override
        public OutputStream openOutputStream() {
          return written.computeIfAbsent(className, _ -> new ByteArrayOutputStream());
        }
      };
    }
  }
}
