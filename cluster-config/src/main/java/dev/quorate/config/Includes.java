/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a settings file may be made of: itself and files beside it, by name, which include nothing
 * themselves. The parser would read whatever is named without any bound, and if it is a URL from
 * whoever answers.
 *
 * <p>Texts that stand in for each other double with every line; here they cannot: that many
 * substitutions make at most 3^5 of one text.
 */
final class Includes
    implements ConfigIncluder, ConfigIncluderClasspath, ConfigIncluderFile, ConfigIncluderURL {
  /** Files that are read, one that is included twice counting twice. */
  static final int FILES_MAX = 16;

  /** In all files together, wherever they stand. */
  static final int SUBSTITUTIONS_MAX = 16;

  private static final Pattern SUBSTITUTION = Pattern.compile("${", Pattern.LITERAL);

  private final Path folder;
  private int files;
  private long substitutions;
  private boolean isIncluding;

  private Includes(Path folder) {
    this.folder = folder;
  }

  /**
   * Reads a file and those beside it that it includes.
   *
   * @throws InvalidConfiguration if one is missing or larger than {@link
   *     OperatorSettings#FILE_BYTES_MAX}, includes anything else, or there are too many
   * @throws com.typesafe.config.ConfigException if one is no HOCON
   */
  static Config parse(Path file) {
    Path place = file.toAbsolutePath().normalize();
    Path folder =
        Optional.ofNullable(place.getParent())
            .orElseThrow(() -> InvalidConfiguration.unreadable(file, new IOException("no file")));
    return new Includes(folder).read(file);
  }

  private Config read(Path file) {
    // The parser itself would read on and on.
    byte[] content = StrictJson.readBounded(file, OperatorSettings.FILE_BYTES_MAX);
    String text = new String(content, StandardCharsets.UTF_8);
    files++;
    substitutions += SUBSTITUTION.matcher(text).results().count();
    if (files > FILES_MAX || substitutions > SUBSTITUTIONS_MAX) {
      throw new InvalidConfiguration(
          ConfigurationFault.TOO_LARGE,
          "",
          "settings are made of at most %d files with %d substitutions"
              .formatted(FILES_MAX, SUBSTITUTIONS_MAX));
    }
    return ConfigFactory.parseString(
        text,
        ConfigParseOptions.defaults().setOriginDescription(file.toString()).setIncluder(this));
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    Path named = beside(what).orElseThrow(Includes::refused);
    if (isIncluding) {
      throw refused();
    }
    isIncluding = true;
    ConfigObject included = read(named).root();
    isIncluding = false;
    return included;
  }

  private Optional<Path> beside(String name) {
    try {
      Path named = folder.resolve(name).normalize();
      return Optional.of(named).filter(file -> folder.equals(file.getParent()));
    } catch (InvalidPathException noPath) {
      return Optional.empty();
    }
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    throw refused();
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    throw refused();
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    throw refused();
  }

  /** What it names is not repeated: a URL may hold a token. */
  private static InvalidConfiguration refused() {
    return new InvalidConfiguration(
        ConfigurationFault.BAD_SETTING,
        "include",
        "settings may include files in the same folder, by their names, and these nothing more");
  }
}
