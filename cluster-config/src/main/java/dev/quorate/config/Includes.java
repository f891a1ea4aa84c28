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
import java.net.URL;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What a settings file may include: files beside it, by name, which include nothing themselves. The
 * parser would read whatever is named without any bound, and if it is a URL from whoever answers.
 */
final class Includes
    implements ConfigIncluder, ConfigIncluderClasspath, ConfigIncluderFile, ConfigIncluderURL {
  private final Optional<Path> folder;

  private Includes(Optional<Path> folder) {
    this.folder = folder;
  }

  /**
   * Reads a file and those beside it that it includes.
   *
   * @throws InvalidConfiguration if one is larger than {@link OperatorSettings#FILE_BYTES_MAX}, or
   *     includes anything else
   * @throws com.typesafe.config.ConfigException if one is missing or no HOCON
   */
  static Config parse(Path file) {
    Path place = file.toAbsolutePath().normalize();
    return parse(file, new Includes(Optional.ofNullable(place.getParent())));
  }

  private static Config parse(Path file, Includes includes) {
    // Before it is read: the parser knows no bound.
    if (file.toFile().length() > OperatorSettings.FILE_BYTES_MAX) {
      throw new InvalidConfiguration(
          ConfigurationFault.TOO_LARGE,
          "",
          "more than " + OperatorSettings.FILE_BYTES_MAX + " bytes");
    }
    // Without the first option a file that does not exist would pass for an empty one.
    return ConfigFactory.parseFile(
        file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false).setIncluder(includes));
  }

  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this;
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    Path named = folder.orElseThrow(Includes::refused).resolve(what).normalize();
    if (!folder.equals(Optional.ofNullable(named.getParent()))) {
      throw refused();
    }
    return parse(named, new Includes(Optional.empty())).root();
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
