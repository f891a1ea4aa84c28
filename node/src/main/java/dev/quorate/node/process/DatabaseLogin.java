/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import dev.quorate.config.OperatorSettings;
import dev.quorate.config.SecretFile;
import dev.quorate.persistence.store.DatabaseSettings;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** The database that settings name, with the password that they only say where to find. */
public final class DatabaseLogin {
  private DatabaseLogin() {}

  /**
   * @throws dev.quorate.config.InvalidConfiguration if the password's file cannot be read, or
   *     others may read it
   */
  public static DatabaseSettings of(OperatorSettings.Database settings) {
    if (settings.url().startsWith("jdbc:h2:")) {
      return DatabaseSettings.of(settings.url());
    }
    StringBuilder url = new StringBuilder(settings.url());
    url.append(settings.url().contains("?") ? '&' : '?');
    url.append("user=").append(encoded(settings.user()));
    settings
        .passwordFile()
        .ifPresent(file -> url.append("&password=").append(encoded(SecretFile.firstLine(file))));
    DatabaseSettings database = DatabaseSettings.of(url.toString());
    return settings.schema().map(database::withSchema).orElse(database);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
