/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.config;

import static dev.quorate.config.Clusters.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quorate.consensus.qbft.RoundTimes;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorSettingsTest {
  private static final String URLS = "quorate.beacon-nodes.urls = [\"http://localhost:5052\"]\n";

  @TempDir private Path folder = Path.of("");

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("operator.conf"), text);
  }

  @Test
  void needsNothingButABeaconNode() throws IOException {
    OperatorSettings settings = OperatorSettings.load(file(URLS));

    assertThat(settings.rounds()).isEqualTo(new RoundTimes(1000, 16_000));
    assertThat(settings.peers())
        .isEqualTo(new OperatorSettings.Peers(new Address("0.0.0.0", 3610), 20));
    assertThat(settings.beaconNodes())
        .isEqualTo(
            new OperatorSettings.BeaconNodes(
                List.of(URI.create("http://localhost:5052")), 2000, 60_000));
    assertThat(settings.database())
        .isEqualTo(
            new OperatorSettings.Database(
                "jdbc:h2:file:" + folder.resolve("database/quorate"),
                "quorate",
                Optional.empty(),
                Optional.empty(),
                10_000));
    assertThat(settings.files())
        .isEqualTo(
            new OperatorSettings.Files(
                folder.resolve("cluster.json"), folder, folder.resolve("marks")));
    assertThat(settings.pod())
        .isEqualTo(new OperatorSettings.Pod("pod-0", new Address("127.0.0.1", 0), List.of()));
  }

  @Test
  void takesAnOperatorsOwnValues() throws IOException {
    OperatorSettings settings =
        OperatorSettings.load(
            file(
                URLS
                    + """
                    quorate {
                      consensus.first-round-millis = 300
                      peers.bind-address = "[::1]:9000"
                      database {
                        url = "jdbc:postgresql://localhost/quorate"
                        schema = mainnet_1
                        password-file = "/run/secrets/database"
                        events-kept = 5000
                      }
                      pod {
                        name = quorate-7d4b
                        address = "10.0.0.2:25520"
                        seeds = ["10.0.0.1:25520", "10.0.0.2:25520"]
                      }
                    }
                    """));

    assertThat(settings.rounds().firstMillis()).isEqualTo(300);
    assertThat(settings.peers().bind()).isEqualTo(new Address("[::1]", 9000));
    assertThat(settings.database().passwordFile()).contains(Path.of("/run/secrets/database"));
    assertThat(settings.database().schema()).contains("mainnet_1");
    assertThat(settings.database().eventsKept()).isEqualTo(5_000);
    Address self = new Address("10.0.0.2", 25_520);
    assertThat(settings.pod())
        .isEqualTo(
            new OperatorSettings.Pod(
                "quorate-7d4b", self, List.of(new Address("10.0.0.1", 25_520), self)));
  }

  @Test
  void aPodTellsHowItFaresOnTheLoopbackAddressOrNotAtAll() throws IOException {
    assertThat(OperatorSettings.load(file(URLS)).admin().bind())
        .contains(new Address("127.0.0.1", 3650));
    assertThat(
            OperatorSettings.load(file(URLS + "quorate.admin.bind-address = off")).admin().bind())
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "consensus.first-round-millis, 0",
    "consensus.first-round-millis, soon",
    "consensus.max-round-millis, 999",
    "peers.bind-address, localhost",
    "peers.flush-millis, 1001",
    "peers.flush-milis, 5",
    "beacon-nodes.urls, []",
    "beacon-nodes.urls, [\"ftp://localhost\"]",
    "beacon-nodes.urls, \"http://localhost\"",
    "beacon-nodes.urls, [\"http://localhost?token=hunter2\"]",
    "beacon-nodes.urls, [\"http://localhost:65536\"]",
    "beacon-nodes.urls, [\"http://[fe80::1%25eth0]\"]",
    "beacon-nodes.urls, [\"http://localhost/\u00e9\"]",
    "beacon-nodes.timeout-millis, 99",
    "beacon-nodes.first-answer-millis, 600001",
    "remote-signer.url, \"http://signer.example:9000\"",
    "remote-signer.url, \"https://quorate:hunter2@signer.example\"",
    "remote-signer.url, \"https://signer.example?token=hunter2\"",
    "remote-signer.url, \"http://127.0.0.1.example\"",
    "remote-signer.timeout-millis, 99",
    "remote-signer.first-answer-millis, 600001",
    "remote-signer.client-password-file, password.txt",
    "validator-api.enabled, perhaps",
    "validator-api.bind-address, localhost",
    "validator-api.password-file, password.txt",
    "database.url, \"jdbc:h2:mem:lost\"",
    "database.url, \"jdbc:postgresql://localhost/quorate?password=hunter2\"",
    "database.url, \"jdbc:postgresql://quorate:hunter2@localhost/quorate\"",
    "database.schema, mainnet_1",
    "database.events-kept, 999",
    "pod.name, \"../pod\"",
    "pod.address, localhost",
    "pod.seeds, [\"10.0.0.1\"]",
    "pod.seeds, [\"10.0.0.1:0\"]",
    "admin.bind-address, localhost",
    "admin.bind-address, on",
    "journal, everything",
  })
  void namesTheKeyOfASettingThatIsWrong(String key, String value) throws IOException {
    Path file = file(URLS + "quorate." + key + " = " + value);

    assertThat(refusal(ConfigurationFault.BAD_SETTING, () -> OperatorSettings.load(file)))
        .startsWith(file + ": quorate." + key + ": ")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @CsvSource({
    "jdbc:postgresql://localhost/quorate, Mainnet",
    "jdbc:postgresql://localhost/quorate, a;b",
    "jdbc:postgresql://localhost/quorate, 1st",
    "jdbc:postgresql://localhost/quorate, a b",
    "jdbc:postgresql://localhost/quorate, a234567890123456789012345678901234567890123456789012345678901234",
    "jdbc:postgresql://localhost/quorate?CurrentSchema=other, mainnet",
  })
  void aSchemaHasASimpleNameAndIsNamedOnce(String url, String name) throws IOException {
    Path file =
        file(URLS + "quorate.database { url = \"" + url + "\", schema = \"" + name + "\" }");

    assertThat(refusal(ConfigurationFault.BAD_SETTING, () -> OperatorSettings.load(file)))
        .startsWith(file + ": quorate.database.schema: ");
  }

  @Test
  void resolvesPathsAgainstTheFolderOfItsFile() throws IOException {
    OperatorSettings settings =
        OperatorSettings.load(
            file(
                URLS
                    + """
                    quorate {
                      files { cluster = ../shared/cluster.json, keys = /run/secrets/keys }
                      database { url = "jdbc:h2:file:state", password-file = pass.txt }
                    }
                    """));

    assertThat(settings.files())
        .isEqualTo(
            new OperatorSettings.Files(
                folder.resolveSibling("shared/cluster.json"),
                Path.of("/run/secrets/keys"),
                folder.resolve("marks")));
    assertThat(settings.database().url()).isEqualTo("jdbc:h2:file:" + folder.resolve("state"));
    assertThat(settings.database().passwordFile()).contains(folder.resolve("pass.txt"));
  }

  @Test
  void servesAValidatorClientOnLoopbackOnceItIsToldTo() throws IOException {
    assertThat(OperatorSettings.load(file(URLS)).validatorApi()).isEmpty();
    assertThat(
            OperatorSettings.load(file(URLS + "quorate.validator-api.enabled = true"))
                .validatorApi())
        .contains(
            new OperatorSettings.SecuredApi(
                new Address("127.0.0.1", 3600), Optional.empty(), Optional.empty()));
    assertThat(
            OperatorSettings.load(
                    file(
                        URLS
                            + """
                            quorate.validator-api {
                              enabled = true
                              bind-address = "0.0.0.0:3601"
                              key-store = server.p12
                              password-file = server.txt
                              bearer-token-file = token.txt
                            }
                            """))
                .validatorApi())
        .contains(
            new OperatorSettings.SecuredApi(
                new Address("0.0.0.0", 3601),
                Optional.of(
                    new OperatorSettings.TlsKey(
                        folder.resolve("server.p12"), folder.resolve("server.txt"))),
                Optional.of(folder.resolve("token.txt"))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "remote-signer.url = \"https://signer.example\"",
        "pod { address = \"10.0.0.1:3620\", seeds = [\"10.0.0.1:3620\", \"10.0.0.2:3620\"] }"
      })
  void aValidatorClientNeedsTheKeySharesAndThePodForItself(String other) throws IOException {
    Path file = file(URLS + "quorate.validator-api.enabled = true\nquorate." + other);

    assertThat(refusal(ConfigurationFault.BAD_SETTING, () -> OperatorSettings.load(file)))
        .startsWith(file + ": quorate.validator-api.enabled: ");
  }

  @Test
  void servesAKeymanagerOnLoopbackOnceItIsToldToAndHasAToken() throws IOException {
    assertThat(OperatorSettings.load(file(URLS)).keymanagerApi()).isEmpty();
    assertThat(
            OperatorSettings.load(
                    file(
                        URLS
                            + "quorate.keymanager-api { enabled = true, bearer-token-file = token.txt }"))
                .keymanagerApi())
        .contains(
            new OperatorSettings.SecuredApi(
                new Address("127.0.0.1", 3601),
                Optional.empty(),
                Optional.of(folder.resolve("token.txt"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          enabled = true                                                                     | bearer-token-file
          enabled = true, bearer-token-file = token.txt, bind-address = "0.0.0.0:3601"       | bind-address
          enabled = true, bearer-token-file = token.txt, key-store = server.p12              | password-file
          """)
  void aKeymanagerNeedsATokenAndBeyondLoopbackTls(String given, String key) throws IOException {
    Path file = file(URLS + "quorate.keymanager-api { " + given + " }");

    assertThat(refusal(ConfigurationFault.BAD_SETTING, () -> OperatorSettings.load(file)))
        .startsWith(file + ": quorate.keymanager-api." + key + ": ");
  }

  @Test
  void signsWithItsOwnKeyStoresUnlessARemoteSignerIsNamed() throws IOException {
    assertThat(OperatorSettings.load(file(URLS)).remoteSigner()).isEmpty();
    assertThat(
            OperatorSettings.load(
                    file(
                        URLS
                            + """
                            quorate.remote-signer {
                              url = "https://signer.example:9000"
                              client-key-store = client.p12
                              client-password-file = client.txt
                              trusted-certificates = signer.pem
                            }
                            """))
                .remoteSigner())
        .contains(
            new OperatorSettings.RemoteSigner(
                URI.create("https://signer.example:9000"),
                2_000,
                60_000,
                Optional.of(
                    new OperatorSettings.TlsKey(
                        folder.resolve("client.p12"), folder.resolve("client.txt"))),
                Optional.of(folder.resolve("signer.pem"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://127.0.0.1:9000", "http://localhost", "http://[::1]:9000/signer"})
  void asksARemoteSignerOfTheSameMachineWithoutTls(String url) throws IOException {
    assertThat(
            OperatorSettings.load(file(URLS + "quorate.remote-signer.url = \"" + url + "\""))
                .remoteSigner()
                .orElseThrow()
                .isOverTls())
        .isFalse();

    Path file =
        file(
            URLS
                + "quorate.remote-signer { url = \""
                + url
                + "\", trusted-certificates = signer.pem }");
    assertThat(refusal(ConfigurationFault.BAD_SETTING, () -> OperatorSettings.load(file)))
        .startsWith(file + ": quorate.remote-signer.url: ");
  }

  @Test
  void refusesWhatStandsOutsideOfItsPart() throws IOException {
    Path file = file(URLS + "quorat.peers.flush-millis = 5");

    assertThat(refusal(ConfigurationFault.BAD_SETTING, () -> OperatorSettings.load(file)))
        .startsWith(file + ": quorat: there is no such setting");
  }

  @Test
  void refusesAFileBeyondItsBound() throws IOException {
    Path file = file(URLS + "#" + "x".repeat(OperatorSettings.FILE_BYTES_MAX));

    refusal(ConfigurationFault.TOO_LARGE, () -> OperatorSettings.load(file));
  }

  @Test
  void includesWhatStandsBesideIt() throws IOException {
    Path common = file(URLS + "quorate.peers.flush-millis = 5");
    Path pod = Files.writeString(folder.resolve("pod-1.conf"), "include \"operator.conf\"\n");

    assertThat(OperatorSettings.load(pod).peers().flushMillis()).isEqualTo(5);
    Path byAnotherWay = folder.resolve(".").resolve("pod-1.conf");
    assertThat(OperatorSettings.load(byAnotherWay).peers().flushMillis()).isEqualTo(5);

    Files.writeString(common, "#" + "x".repeat(OperatorSettings.FILE_BYTES_MAX));
    refusal(ConfigurationFault.TOO_LARGE, () -> OperatorSettings.load(pod));

    Files.writeString(common, "include \"pod-1.conf\"\n");
    refusal(ConfigurationFault.BAD_SETTING, () -> OperatorSettings.load(pod));

    Files.delete(common);
    refusal(ConfigurationFault.UNREADABLE, () -> OperatorSettings.load(pod));
  }

  @Test
  void refusesToIncludeWithoutEnd() throws IOException {
    Path common = Files.writeString(folder.resolve("common.conf"), "");
    Path file = file(URLS + "include \"common.conf\"\n".repeat(Includes.FILES_MAX - 1));
    assertThat(OperatorSettings.load(file).peers().flushMillis()).isPositive();

    Files.writeString(file, "include \"common.conf\"\n", StandardOpenOption.APPEND);
    refusal(ConfigurationFault.TOO_LARGE, () -> OperatorSettings.load(file));

    Files.writeString(file, URLS + "include \"common.conf\"");
    Files.writeString(common, "#" + "${?HOME}".repeat(Includes.SUBSTITUTIONS_MAX + 1));
    refusal(ConfigurationFault.TOO_LARGE, () -> OperatorSettings.load(file));
  }

  @Test
  void refusesTextsThatGrowWithEveryLine() throws IOException {
    StringBuilder doubled = new StringBuilder("a0 = " + "x".repeat(64) + "\n");
    for (int i = 0; i < 40; i++) {
      doubled.append("a%d = ${a%d}${a%d}\n".formatted(i + 1, i, i));
    }
    Path file = file(URLS + doubled + "quorate.pod.name = ${a40}");

    refusal(ConfigurationFault.TOO_LARGE, () -> OperatorSettings.load(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[", "{", "a.", "a{", "a=["})
  void refusesWhatIsNestedTooDeeply(String level) throws IOException {
    Path file = file(URLS + level.repeat(OperatorSettings.FILE_BYTES_MAX / 4));

    refusal(ConfigurationFault.MALFORMED, () -> OperatorSettings.load(file));
  }

  @Test
  void repeatsNothingOfABrokenInclude() throws IOException {
    Path file = file(URLS + "include url(\"htps://host/?token=hunter2\")");

    assertThat(refusal(ConfigurationFault.MALFORMED, () -> OperatorSettings.load(file)))
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "include \"../operator.conf\"",
        "include \"/etc/passwd\"",
        "include \"http://127.0.0.1:1/?token=hunter2\"",
        "include file(\"/dev/zero\")",
        "include \"no\\u0000path\"",
        "include classpath(\"application.conf\")",
        "include required(url(\"http://127.0.0.1:1/?token=hunter2\"))",
      })
  void refusesToIncludeAnythingElse(String include) throws IOException {
    Path file = file(URLS + include);

    assertThat(refusal(ConfigurationFault.BAD_SETTING, () -> OperatorSettings.load(file)))
        .startsWith(file + ": include: ")
        .doesNotContain("hunter2");
  }

  @Test
  void refusesAFileThatIsMissingOrNoHocon() throws IOException {
    refusal(
        ConfigurationFault.UNREADABLE, () -> OperatorSettings.load(folder.resolve("absent.conf")));

    Path broken = file("quorate {");
    refusal(ConfigurationFault.MALFORMED, () -> OperatorSettings.load(broken));
  }
}
