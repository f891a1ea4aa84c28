/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import dev.quorate.consensus.qbft.RoundTimes;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings of one operator, read from HOCON under {@code quorate}; {@code reference.conf} holds
 * the defaults and says what each key means. All of them are checked before anything starts, and a
 * refusal names its key. Paths are absolute.
 *
 * @param rounds how long rounds of consensus last
 * @param remoteSigner what signs with the key shares; empty: this operator's own key stores, or its
 *     validator client
 * @param validatorApi what is served to the validator client that holds the key shares; empty: they
 *     are elsewhere
 * @param keymanagerApi where tools manage the key shares; empty: nowhere
 */
public record OperatorSettings(
    Files files,
    RoundTimes rounds,
    Peers peers,
    BeaconNodes beaconNodes,
    Optional<RemoteSigner> remoteSigner,
    Optional<SecuredApi> validatorApi,
    Optional<SecuredApi> keymanagerApi,
    Database database,
    Pod pod,
    Admin admin) {

  private static final String ROOT = "quorate";
  private static final String OFF = "off";

  /** Without system properties, which the library's own defaults hold as well. */
  static final Config DEFAULTS =
      ConfigFactory.parseResources(OperatorSettings.class.getClassLoader(), "reference.conf")
          .withOnlyPath(ROOT);

  /** Many times what all settings with all their comments take. */
  static final int FILE_BYTES_MAX = 64 * 1024;

  private static final long MILLIS_MAX = 60_000;
  private static final long FIRST_ANSWER_MILLIS_MAX = 600_000;
  private static final int FLUSH_MILLIS_MAX = 1000;
  private static final int EVENTS_KEPT_MIN = 1_000;
  private static final int EVENTS_KEPT_MAX = 10_000_000;
  private static final Pattern POD_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,252}");
  private static final Pattern SCHEMA = Pattern.compile("[a-z][a-z0-9_]{0,62}");
  private static final Pattern LOOPBACK = Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  private static final String HTTPS = "https";
  private static final String H2_FILE = "jdbc:h2:file:";

  /**
   * @param keys the folder of the operator's identity and key shares
   * @param marks the folder of the pods' high-water marks
   */
  public record Files(Path cluster, Path keys, Path marks) {
    private static final String MARK = ".mark";

    /** The high-water mark of a pod. */
    public Path mark(String pod) {
      return marks.resolve(pod + MARK);
    }

    /** Whether a file in the folder of the marks is one. */
    public static boolean isMark(Path file) {
      return file.toString().endsWith(MARK);
    }
  }

  /**
   * @param bind where this operator listens for the others
   * @param flushMillis messages that are sent together are sent when none was added for so long
   */
  public record Peers(Address bind, int flushMillis) {}

  /**
   * @param urls at least one, the preferred node first
   * @param timeoutMillis how long to wait for one answer of one node
   * @param firstAnswerMillis how long a pod that starts waits for an answer of any of them
   */
  public record BeaconNodes(List<URI> urls, long timeoutMillis, long firstAnswerMillis) {
    public BeaconNodes {
      urls = List.copyOf(urls);
    }
  }

  /**
   * @param url https, or http of a loopback address; without credentials
   * @param timeoutMillis how long to wait for one answer
   * @param firstAnswerMillis how long a pod that starts waits until it holds all key shares
   * @param client what this operator proves itself with; empty: with nothing
   * @param trusted certificates in PEM; empty: those that Java trusts
   */
  public record RemoteSigner(
      URI url,
      long timeoutMillis,
      long firstAnswerMillis,
      Optional<TlsKey> client,
      Optional<Path> trusted) {
    /** For people: the rest of the URL may hold a token. */
    public String origin() {
      return url.getScheme() + "://" + url.getRawAuthority();
    }

    public boolean isOverTls() {
      return HTTPS.equals(url.getScheme());
    }
  }

  /**
   * @param store PKCS#12, with one key and its certificate
   * @param passwordFile holds the store's password in its first line
   */
  public record TlsKey(Path store, Path passwordFile) {}

  /**
   * @param key what the pod proves itself with; empty: it speaks without TLS
   * @param tokenFile holds what clients have to show in its first line; empty: nothing
   */
  public record SecuredApi(Address bind, Optional<TlsKey> key, Optional<Path> tokenFile) {}

  /**
   * @param url of JDBC, without credentials
   * @param schema of PostgreSQL; empty for the connection's default
   * @param passwordFile holds the password in its first line; empty if the database asks for none
   * @param eventsKept the newest events of each validator that the journal keeps
   */
  public record Database(
      String url,
      String user,
      Optional<String> schema,
      Optional<Path> passwordFile,
      int eventsKept) {}

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
   * Reads an operator's own file over the defaults. Relative paths start at its folder.
   *
   * @throws InvalidConfiguration if it cannot be read, or a setting is unknown or out of its bounds
   */
  public static OperatorSettings load(Path file) {
    try {
      Config own = Includes.parse(file);
      own.root().keySet().stream()
          .filter(key -> !key.equals(ROOT))
          .forEach(key -> {
            throw noSuchSetting(key);
          });
      return of(own, Optional.ofNullable(file.toAbsolutePath().getParent()).orElseThrow());
    } catch (InvalidConfiguration wrong) {
      throw wrong.in(file);
    } catch (StackOverflowError deep) {
      // The parser follows brackets and dots as deep as they go.
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED, file.toString(), "not HOCON: nested too deeply");
    } catch (ConfigException broken) {
      String said = String.valueOf(broken.getMessage());
      throw new InvalidConfiguration(
          ConfigurationFault.MALFORMED,
          file.toString(),
          // One line, whatever the parser has to say; but a URL that is none may hold a token.
          "not HOCON: "
              + (said.contains("include") ? "a broken include" : said.replaceAll("\\s+", " ")));
    }
  }

  /**
   * Settings over the defaults.
   *
   * @param own what differs
   * @param folder where relative paths start
   * @throws InvalidConfiguration if a setting is unknown or out of its bounds
   */
  public static OperatorSettings of(Config own, Path folder) {
    Config settings = own.withFallback(DEFAULTS).resolve().getConfig(ROOT);
    refuseUnknownKeys(settings);
    return new OperatorSettings(
        files(settings, folder),
        rounds(settings),
        peers(settings),
        beaconNodes(settings),
        remoteSigner(settings, folder),
        validatorApi(settings, folder),
        keymanagerApi(settings, folder),
        database(settings, folder),
        pod(settings),
        admin(settings));
  }

  private static Files files(Config settings, Path folder) {
    return new Files(
        path(settings, "files.cluster", folder),
        path(settings, "files.keys", folder),
        path(settings, "files.marks", folder));
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
        number(settings, "beacon-nodes.timeout-millis", 100, MILLIS_MAX),
        number(settings, "beacon-nodes.first-answer-millis", 100, FIRST_ANSWER_MILLIS_MAX));
  }

  private static URI beaconNode(String key, String text) {
    // The text is not repeated: it may hold a token.
    return parseBeaconNode(text)
        .orElseThrow(() -> bad(key, "every element is http(s)://host[:port][/path]"));
  }

  /**
   * The URL of a beacon node; empty unless it is http or https with a host, of ASCII alone, and
   * without query.
   */
  public static Optional<URI> parseBeaconNode(String text) {
    try {
      URI url = URI.create(text);
      boolean isWeb = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (isWeb
          && url.getHost() != null
          && url.getPort() <= Address.PORT_MAX
          // RFC 3986 knows neither other letters nor zones of addresses.
          && text.equals(url.toASCIIString())
          && url.getHost().indexOf('%') < 0
          && url.getRawQuery() == null
          && url.getRawFragment() == null) {
        return Optional.of(url);
      }
    } catch (IllegalArgumentException notAUrl) {
      // Refused below like every other wrong text.
    }
    return Optional.empty();
  }

  private static Optional<RemoteSigner> remoteSigner(Config settings, Path folder) {
    String key = "remote-signer.url";
    String text = text(settings, key);
    Optional<Path> store = file(settings, "remote-signer.client-key-store", folder);
    Optional<Path> password = file(settings, "remote-signer.client-password-file", folder);
    Optional<Path> trusted = file(settings, "remote-signer.trusted-certificates", folder);
    long timeoutMillis = number(settings, "remote-signer.timeout-millis", 100, MILLIS_MAX);
    long firstAnswerMillis =
        number(settings, "remote-signer.first-answer-millis", 100, FIRST_ANSWER_MILLIS_MAX);
    if (store.isPresent() != password.isPresent()) {
      throw bad(
          "remote-signer.client-password-file",
          "client-key-store and the file of its password are needed, or neither");
    }
    if (text.isEmpty()) {
      return Optional.empty();
    }
    URI url =
        parseBeaconNode(text)
            .filter(one -> one.getUserInfo() == null)
            // Whoever reads along learns what is signed; whoever changes it, what he likes.
            .filter(one -> HTTPS.equals(one.getScheme()) || isLoopback(one.getHost()))
            .orElseThrow(() ->
                bad(key, "https://host[:port][/path] is needed, or http of a loopback address"));
    RemoteSigner signer =
        new RemoteSigner(
            url,
            timeoutMillis,
            firstAnswerMillis,
            store.map(one -> new TlsKey(one, password.orElseThrow())),
            trusted);
    if (!signer.isOverTls() && (store.isPresent() || trusted.isPresent())) {
      throw bad(key, "keys and certificates need https");
    }
    return Optional.of(signer);
  }

  /** Empty where it is not enabled. */
  private static Optional<SecuredApi> securedApi(Config settings, String name, Path folder) {
    String key = name + ".bind-address";
    Address bind = address(key, text(settings, key));
    Optional<Path> store = file(settings, name + ".key-store", folder);
    Optional<Path> password = file(settings, name + ".password-file", folder);
    Optional<Path> token = file(settings, name + ".bearer-token-file", folder);
    if (store.isPresent() != password.isPresent()) {
      throw bad(
          name + ".password-file", "key-store and the file of its password are needed, or neither");
    }
    return flag(settings, name + ".enabled")
        ? Optional.of(
            new SecuredApi(bind, store.map(one -> new TlsKey(one, password.orElseThrow())), token))
        : Optional.empty();
  }

  private static Optional<SecuredApi> keymanagerApi(Config settings, Path folder) {
    Optional<SecuredApi> api = securedApi(settings, "keymanager-api", folder);
    if (api.filter(one -> one.tokenFile().isEmpty()).isPresent()) {
      throw bad(
          "keymanager-api.bearer-token-file",
          "a token is needed: its bearer may remove key shares");
    }
    // Key shares and their passwords come this way.
    if (api.filter(one -> one.key().isEmpty() && !isLoopback(one.bind().host())).isPresent()) {
      throw bad("keymanager-api.bind-address", "a loopback address is needed, or TLS by key-store");
    }
    return api;
  }

  private static Optional<SecuredApi> validatorApi(Config settings, Path folder) {
    Optional<SecuredApi> api = securedApi(settings, "validator-api", folder);
    if (api.isEmpty()) {
      return api;
    }
    if (!text(settings, "remote-signer.url").isEmpty()) {
      throw bad("validator-api.enabled", "key shares are with a remote signer, says remote-signer");
    }
    // The client speaks to one pod, and a validator may be in any.
    if (!pod(settings).seeds().stream().allMatch(pod(settings).address()::equals)) {
      throw bad(
          "validator-api.enabled", "an operator of one pod is needed: pod.seeds names others");
    }
    return api;
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.equals("[::1]") || LOOPBACK.matcher(host).matches();
  }

  private static Database database(Config settings, Path folder) {
    String key = "database.url";
    String url = text(settings, key);
    if (!url.startsWith(H2_FILE) && !url.startsWith("jdbc:postgresql://")) {
      throw bad(key, "jdbc:h2:file:... or jdbc:postgresql://... is needed");
    }
    // It would end up in logs; neither form is repeated here.
    boolean hasLogin = !url.startsWith(H2_FILE) && url.contains("@");
    if (hasLogin || url.toLowerCase(Locale.ROOT).contains("password=")) {
      throw bad(key, "a password belongs into the file of database.password-file");
    }
    String schemaKey = "database.schema";
    Optional<String> schema =
        Optional.of(text(settings, schemaKey)).filter(name -> !name.isEmpty());
    if (schema.isPresent() && url.startsWith(H2_FILE)) {
      throw bad(schemaKey, "an H2 database has no schema of yours");
    }
    if (schema.isPresent() && url.toLowerCase(Locale.ROOT).contains("currentschema=")) {
      throw bad(schemaKey, "the URL names another");
    }
    if (schema.isPresent() && !SCHEMA.matcher(schema.get()).matches()) {
      throw bad(schemaKey, "lower-case letters, digits and '_' are needed, at most 63");
    }
    return new Database(
        url.startsWith(H2_FILE)
            ? H2_FILE + path(key, url.substring(H2_FILE.length()), folder)
            : url,
        text(settings, "database.user"),
        schema,
        file(settings, "database.password-file", folder),
        (int) number(settings, "database.events-kept", EVENTS_KEPT_MIN, EVENTS_KEPT_MAX));
  }

  /** Empty where no file is named. */
  private static Optional<Path> file(Config settings, String key, Path folder) {
    return Optional.of(text(settings, key))
        .filter(text -> !text.isEmpty())
        .map(text -> path(key, text, folder));
  }

  private static Path path(Config settings, String key, Path folder) {
    return path(key, text(settings, key), folder);
  }

  private static Path path(String key, String text, Path folder) {
    try {
      return folder.resolve(text).toAbsolutePath().normalize();
    } catch (InvalidPathException noPath) {
      throw bad(key, "a path is needed");
    }
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
    Config known = DEFAULTS.getConfig(ROOT);
    for (var entry : settings.entrySet()) {
      if (!known.hasPathOrNull(entry.getKey())) {
        throw noSuchSetting(ROOT + "." + entry.getKey());
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

  private static boolean flag(Config settings, String key) {
    try {
      return settings.getBoolean(key);
    } catch (ConfigException.WrongType notAFlag) {
      throw bad(key, "true or false is needed");
    }
  }

  private static String text(Config settings, String key) {
    try {
      return settings.getString(key);
    } catch (ConfigException.WrongType notAText) {
      throw bad(key, "a text is needed");
    }
  }

  private static InvalidConfiguration noSuchSetting(String key) {
    return new InvalidConfiguration(
        ConfigurationFault.BAD_SETTING, key, "there is no such setting");
  }

  private static InvalidConfiguration bad(String key, String what) {
    return new InvalidConfiguration(ConfigurationFault.BAD_SETTING, ROOT + "." + key, what);
  }
}
