/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import dev.quorate.consensus.qbft.RoundTimes;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings of one operator, read from HOCON under {@code quorate}; {@code reference.conf} holds
 * the defaults and says what each key means. All of them are checked before anything starts, and a
 * refusal names its key.
 *
 * @param rounds how long rounds of consensus last
 */
public record OperatorSettings(
    RoundTimes rounds, Peers peers, BeaconNodes beaconNodes, Database database, Pod pod, Admin admin) {

  private static final String ROOT = "quorate";
  private static final String OFF = "off";
  private static final long MILLIS_MAX = 60_000;
  private static final int FLUSH_MILLIS_MAX = 1000;
  private static final int EVENTS_KEPT_MIN = 1_000;
  private static final int EVENTS_KEPT_MAX = 10_000_000;
  private static final Pattern POD_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}");

  /**
   * @param bind where this operator listens for the others
   * @param flushMillis messages that are sent together are sent when none was added for so long
   */
  public record Peers(Address bind, int flushMillis) {}

  /**
   * @param urls at least one, the preferred node first
   * @param timeoutMillis how long to wait for one answer of one node
   */
  public record BeaconNodes(List<URI> urls, long timeoutMillis) {
    public BeaconNodes {
      urls = List.copyOf(urls);
    }
  }

  /**
   * @param url of JDBC, without credentials
   * @param passwordFile holds the password in its first line; empty if the database asks for none
   * @param eventsKept the newest events of each validator that the journal keeps
   */
  public record Database(String url, String user, Optional<Path> passwordFile, int eventsKept) {}

  /**
   * One of the operator's pods. They form one Pekko cluster, which no other operator reaches.
   *
   * @param name unique among the operator's pods
   * @param address where the operator's other pods reach this one
   * @param seeds whom to join, in an order that is the same at all pods; empty: nobody
   */
  public record Pod(String name, Address address, List<Address> seeds) {
    public Pod {
      seeds = List.copyOf(seeds);
    }
  }

  /**
   * @param bind where the pod tells how it fares; empty: nowhere
   */
  public record Admin(Optional<Address> bind) {}

  /**
   * Reads an operator's own file over the defaults.
   *
   * @throws InvalidConfiguration if it cannot be read, or a setting is unknown or out of its bounds
   */
  public static OperatorSettings load(Path file) {
    try {
      // Without the option a file that does not exist would pass for an empty one.
      Config own =
          ConfigFactory.parseFile(
              file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
      return of(own.withFallback(ConfigFactory.defaultReference()).resolve());
    } catch (ConfigException.IO unreadable) {
      throw new InvalidConfiguration(
          ConfigurationFault.UNREADABLE, file.toString(), "it cannot be read");
    } catch (ConfigException broken) {
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED, file.toString(), "not HOCON: " + broken.getMessage());
    }
  }

  /**
   * @param config resolved, with the defaults below it
   * @throws InvalidConfiguration if a setting is unknown or out of its bounds
   */
  public static OperatorSettings of(Config config) {
    Config settings = config.getConfig(ROOT);
    refuseUnknownKeys(settings);
    return new OperatorSettings(
        rounds(settings),
        peers(settings),
        beaconNodes(settings),
        database(settings),
        pod(settings),
        admin(settings));
  }

  private static RoundTimes rounds(Config settings) {
    long firstMillis = number(settings, "consensus.first-round-millis", 10, MILLIS_MAX);
    return new RoundTimes(
        firstMillis, number(settings, "consensus.max-round-millis", firstMillis, MILLIS_MAX));
  }

  private static Peers peers(Config settings) {
    String key = "peers.bind-address";
    return new Peers(
        address(key, text(settings, key)),
        (int) number(settings, "peers.flush-millis", 1, FLUSH_MILLIS_MAX));
  }

  private static BeaconNodes beaconNodes(Config settings) {
    String key = "beacon-nodes.urls";
    List<String> urls = texts(settings, key, "a list of URLs is needed");
    if (urls.isEmpty()) {
      throw bad(key, "at least one URL is needed");
    }
    return new BeaconNodes(
        urls.stream().map(url -> beaconNode(key, url)).toList(),
        number(settings, "beacon-nodes.timeout-millis", 100, MILLIS_MAX));
  }

  private static URI beaconNode(String key, String text) {
    try {
      URI url = URI.create(text);
      String scheme = Optional.ofNullable(url.getScheme()).orElse("").toLowerCase(Locale.ROOT);
      if (url.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        return url;
      }
    } catch (IllegalArgumentException notAUrl) {
      // Refused below like every other wrong text, which is not repeated: it may hold a token.
    }
    throw bad(key, "every element is a URL that begins with http:// or https://");
  }

  private static Database database(Config settings) {
    String key = "database.url";
    String url = text(settings, key);
    if (!url.startsWith("jdbc:h2:file:") && !url.startsWith("jdbc:postgresql://")) {
      throw bad(key, "jdbc:h2:file:... or jdbc:postgresql://... is needed");
    }
    // It would end up in logs; what follows the name is not repeated here either.
    if (url.toLowerCase(Locale.ROOT).contains("password=")) {
      throw bad(key, "a password belongs into the file of database.password-file");
    }
    String passwordFile = text(settings, "database.password-file");
    return new Database(
        url,
        text(settings, "database.user"),
        passwordFile.isEmpty() ? Optional.empty() : Optional.of(Path.of(passwordFile)),
        (int) number(settings, "database.events-kept", EVENTS_KEPT_MIN, EVENTS_KEPT_MAX));
  }

  private static Pod pod(Config settings) {
    String name = text(settings, "pod.name");
    if (!POD_NAME.matcher(name).matches()) {
      throw bad("pod.name", "letters, digits, '.', '_' and '-' are needed, at most 253");
    }
    String key = "pod.seeds";
    List<Address> seeds =
        texts(settings, key, "a list of host:port is needed").stream()
            .map(seed -> address(key, seed))
            .toList();
    if (seeds.stream().anyMatch(seed -> seed.port() == 0)) {
      throw bad(key, "a seed has a port of its own, not 0");
    }
    return new Pod(name, address("pod.address", text(settings, "pod.address")), seeds);
  }

  private static Admin admin(Config settings) {
    String key = "admin.bind-address";
    String text = text(settings, key);
    return new Admin(text.equals(OFF) ? Optional.empty() : Optional.of(address(key, text)));
  }

  /** A misspelt key would otherwise leave its default in force without a word. */
  private static void refuseUnknownKeys(Config settings) {
    Config known = ConfigFactory.defaultReference().getConfig(ROOT);
    for (var entry : settings.entrySet()) {
      if (!known.hasPathOrNull(entry.getKey())) {
        throw bad(entry.getKey(), "there is no such setting");
      }
    }
  }

  private static long number(Config settings, String key, long min, long max) {
    try {
      long number = settings.getLong(key);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (ConfigException.WrongType notANumber) {
      // Refused below like every number out of its bounds.
    }
    throw bad(key, "a whole number from " + min + " to " + max + " is needed");
  }

  private static Address address(String key, String text) {
    return Address.parse(text).orElseThrow(() -> bad(key, "host:port is needed"));
  }

  private static List<String> texts(Config settings, String key, String what) {
    try {
      return settings.getStringList(key);
    } catch (ConfigException.WrongType wrong) {
      throw bad(key, what);
    }
  }

  private static String text(Config settings, String key) {
    try {
      return settings.getString(key);
    } catch (ConfigException.WrongType notAText) {
      throw bad(key, "a text is needed");
    }
  }

  private static InvalidConfiguration bad(String key, String what) {
    return new InvalidConfiguration(ConfigurationFault.BAD_SETTING, ROOT + "." + key, what);
  }
}
