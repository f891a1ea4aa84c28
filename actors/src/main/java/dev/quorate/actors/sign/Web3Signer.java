/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.config.OperatorSettings;
import dev.quorate.config.SignerTls;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.ApiJson;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The Web3Signer API as its client sees it: a question and its whole answer, bounded in time and
 * size. Redirections are answers like any other. It blocks, and believes no signature: whoever asks
 * verifies. Every failure is a {@link RemoteSignerException}.
 */
public final class Web3Signer implements AutoCloseable {
  private static final int SIGNATURE_BYTES_MAX = 1024;

  /** More than a hundred thousand keys. */
  private static final int KEYS_BYTES_MAX = 16 * 1024 * 1024;

  private static final int DETAIL_CHARS_MAX = 200;
  private static final int SUCCESS = 200;
  private static final String API = "/api/v1/eth2/";

  private final HttpClient http;
  private final String base;
  private final String origin;
  private final long timeoutMillis;

  /**
   * Reads keys and certificates; connects once it is asked something.
   *
   * @throws dev.quorate.config.InvalidConfiguration if they cannot be read
   */
  public Web3Signer(OperatorSettings.RemoteSigner settings) {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY);
    if (settings.isOverTls()) {
      builder.sslContext(SignerTls.context(settings));
    }
    http = builder.build();
    base = settings.url().toString().replaceFirst("/$", "");
    origin = settings.origin();
    timeoutMillis = settings.timeoutMillis();
  }

  /** When the patience of a question that is put now ends, in {@link System#nanoTime}. */
  long endNanos() {
    return System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
  }

  /** What the signer answers, a point of the curve at best. */
  Signature sign(PublicKey key, JsonNode request, long endNanos) {
    HttpResponse<byte[]> answer =
        exchange(
            to(API + "sign/" + ApiJson.hex(key.compressed()))
                .header("Accept", "application/json")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(request.toString())),
            SIGNATURE_BYTES_MAX,
            endNanos);
    return switch (answer.statusCode()) {
      case 404 -> throw failure(SignerProblem.UNKNOWN_KEY, "it does not know the key " + key);
      case 412 ->
          throw failure(
              SignerProblem.SLASHING_PROTECTION,
              "its slashing protection refuses to sign with the key " + key);
      default ->
          SignerAnswer.signature(text(answer))
              .orElseThrow(() -> failure(SignerProblem.BAD_ANSWER, "it answers with no signature"));
    };
  }

  /** The public keys, 48 bytes each, that the signer says it can sign with. */
  public Set<Bytes> publicKeys() {
    return SignerAnswer.publicKeys(
            text(exchange(to(API + "publicKeys").GET(), KEYS_BYTES_MAX, endNanos())))
        .orElseThrow(() -> failure(SignerProblem.BAD_ANSWER, "it answers with no list of keys"));
  }

  /** Returns if the signer says that it is up. */
  void upcheck() {
    text(exchange(to("/upcheck").GET(), SIGNATURE_BYTES_MAX, endNanos()));
  }

  private HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(URI.create(base + path));
  }

  /** The body of a success. */
  private String text(HttpResponse<byte[]> answer) {
    if (answer.statusCode() != SUCCESS) {
      throw failure(SignerProblem.BAD_STATUS, "status " + answer.statusCode());
    }
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  private HttpResponse<byte[]> exchange(HttpRequest.Builder request, int bytesMax, long endNanos) {
    AtomicBoolean begun = new AtomicBoolean();
    BodyHandler<byte[]> bounded = BodyHandlers.limiting(BodyHandlers.ofByteArray(), bytesMax);
    CompletableFuture<HttpResponse<byte[]>> answer =
        http.sendAsync(
            request.build(),
            head -> {
              begun.set(true);
              return head.statusCode() == SUCCESS
                  ? bounded.apply(head)
                  : BodySubscribers.replacing(new byte[0]);
            });
    try {
      return answer.get(Math.max(0, endNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      answer.cancel(true);
      throw failure(SignerProblem.TIMED_OUT, "no whole answer within " + timeoutMillis + " ms");
    } catch (ExecutionException failure) {
      throw failure(
          begun.get() ? SignerProblem.BAD_ANSWER : SignerProblem.UNREACHABLE,
          line(failure.getCause()));
    } catch (InterruptedException interrupted) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      throw failure(SignerProblem.UNREACHABLE, "this pod is stopping");
    }
  }

  private RemoteSignerException failure(SignerProblem problem, String what) {
    return new RemoteSignerException(problem, "remote signer " + origin + ": " + what);
  }

  /** What Java has to say, and what a signer made it say, in one line. */
  private static String line(@Nullable Throwable cause) {
    String text = String.valueOf(cause).replaceAll("\\p{Cc}", " ");
    return text.length() <= DETAIL_CHARS_MAX ? text : text.substring(0, DETAIL_CHARS_MAX) + "…";
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
