/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.status;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.quorate.node.Quorate;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What the commands make of URLs, and of answers that no pod of this version gives. */
class ApiOptionsTest {
  private static final String DUTY =
      """
      {"id":7,"duty":"attester/9/1","type":"attester","slot":9,"validator":1,"outcome":"HANDED_ON",\
      "reason":"A_REASON_OF_THE_NEXT_VERSION","atFault":[],"endedAtMillis":5}\
      """;

  private final HttpServer server;
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private volatile byte[] answer = new byte[0];
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  ApiOptionsTest() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().toString());
          try (exchange) {
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private int run(String... arguments) {
    return Quorate.commandLine()
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(arguments);
  }

  private void answers(String json) {
    answer = json.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource({"/operator-2, /operator-2", "/operator-2/, /operator-2", "/, ''"})
  void keepsThePathOfTheUrl(String path, String expected) {
    answers("{\"peers\":[]}");

    assertThat(run("peers", "--api=" + url() + path)).as("%s", err).isZero();
    assertThat(asked).containsExactly(expected + "/v1/peers");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://me:hunter2@localhost:3650",
        "http://localhost:3650/?token=hunter2",
        "http://localhost:3650/#hunter2",
        "https://hunter2",
        "http://localhost:99999/hunter2",
        "http://hunter2 :1",
      })
  void refusesAUrlWithALoginAndRepeatsNoneOfIt(String api) {
    assertThat(run("status", "--api=" + api)).isEqualTo(CommandLine.ExitCode.USAGE);
    assertThat(err.toString().lines()).hasSize(1);
    assertThat(err.toString()).contains("--api").doesNotContain("hunter2");
  }

  @Test
  void showsNamesThatItDoesNotKnow() {
    answers("{\"oldest\":7,\"duties\":[" + DUTY + "],\"more\":1}");

    assertThat(run("duties", "--api=" + url())).as("%s", err).isZero();
    assertThat(out.toString()).contains("HANDED_ON", "A_REASON_OF_THE_NEXT_VERSION");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "",
        "[]",
        "{}",
        "{\"operator\":{},\"cluster\":{\"hash\":\"0x\"}}",
        "{\"peers\":{\"a\":{\"a\":{\"a\":1}}}}"
      })
  void saysInOneLineThatItIsNoPodThatAnswers(String text) {
    answers(text);
    for (String command : List.of("status", "peers", "validators", "duties")) {
      assertThat(run(command, "--api=" + url())).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    }
    assertThat(err.toString().lines())
        .hasSize(4)
        .allMatch(line -> line.contains("does not answer like an admin API"));
  }

  @Test
  void doesNotTakeInAnAnswerWithoutEnd() {
    answer = new byte[ApiOptions.ANSWER_BYTES_MAX + 1];

    assertThat(run("peers", "--api=" + url())).isEqualTo(CommandLine.ExitCode.SOFTWARE);
    assertThat(err.toString().lines()).hasSize(1);
  }

  @Test
  void followsNoLongerThanSomebodyReads() {
    answers("{\"duties\":[" + DUTY + "]}");
    PrintStream before = System.out;
    try {
      System.setOut(new PrintStream(new Gone(), true, StandardCharsets.UTF_8));
      // As the program itself writes.
      assertThat(Quorate.commandLine().execute("duties", "--follow", "--api=" + url())).isZero();
    } finally {
      System.setOut(before);
    }
    assertThat(asked).hasSize(1);
  }

  /** A pipe that nobody reads from. */
  private static final class Gone extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("Broken pipe");
    }
  }
}
