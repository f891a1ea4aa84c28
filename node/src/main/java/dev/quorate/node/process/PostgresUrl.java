/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.process;

import dev.quorate.persistence.store.DatabaseSettings;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * A PostgreSQL database that an option names, {@code
 * jdbc:postgresql://HOST/NAME?user=USER&password=PASSWORD}, to hold a schema for each of several
 * operators.
 */
public final class PostgresUrl {
  private static final String SCHEME = "jdbc:postgresql://";
  private static final String USER = "user";
  private static final String PASSWORD = "password";

  private final String text;
  private final String address;
  private final Map<String, String> parameters;

  private PostgresUrl(String text) {
    this.text = text;
    String[] parts = text.split("\\?", 2);
    this.address = parts[0];
    this.parameters = new LinkedHashMap<>();
    for (String parameter : (parts.length == 1 ? "" : parts[1]).split("&", -1)) {
      String[] pair = parameter.split("=", 2);
      if (pair.length == 2) {
        parameters.put(pair[0], pair[1]);
      }
    }
  }

  /** Repeats nothing of what it refuses. */
  public static final class Converter implements ITypeConverter<PostgresUrl> {
    @Override
    public PostgresUrl convert(String text) {
      PostgresUrl url = new PostgresUrl(text);
      // A login before the host would be part of what is logged.
      if (!text.startsWith(SCHEME)
          || url.address.contains("@")
          || !url.parameters.containsKey(USER)
          || url.parameters.keySet().stream().anyMatch("currentSchema"::equalsIgnoreCase)) {
        throw new TypeConversionException(
            SCHEME + "HOST/NAME?user=USER&password=PASSWORD is needed, without a schema");
      }
      return url;
    }
  }

  /** Tables in a schema of it. */
  public DatabaseSettings schema(String name) {
    return DatabaseSettings.of(text).withSchema(name);
  }

  public String user() {
    return decoded(USER).orElseThrow();
  }

  public Optional<String> password() {
    return decoded(PASSWORD);
  }

  private Optional<String> decoded(String parameter) {
    return Optional.ofNullable(parameters.get(parameter))
        .map(value -> URLDecoder.decode(value, StandardCharsets.UTF_8));
  }

  /** The same without user and password. */
  public String withoutLogin() {
    String others =
        parameters.entrySet().stream()
            .filter(entry -> !entry.getKey().equals(USER) && !entry.getKey().equals(PASSWORD))
            .map(entry -> entry.getKey() + "=" + entry.getValue())
            .collect(Collectors.joining("&"));
    return others.isEmpty() ? address : address + "?" + others;
  }

  /** Without its parameters, which may hold a password. */
  @Override
  public String toString() {
    return address;
  }
}
