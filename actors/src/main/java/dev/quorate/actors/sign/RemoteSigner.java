/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.actors.sign;

import dev.quorate.consensus.Bytes;
import dev.quorate.consensus.duty.DutyId;
import dev.quorate.ethereum.web3signer.SigningRequests;
import dev.quorate.signing.bls.Bls;
import dev.quorate.signing.bls.PublicKey;
import dev.quorate.signing.bls.Signature;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a remote signer sign that holds this operator's key shares (Web3Signer API). What it answers
 * is this operator's partial signature only once it verifies under the public share over the root
 * that the guard granted. Failures are counted and logged here; the duty asks again.
 */
public final class RemoteSigner implements ShareSource, AutoCloseable {
  static final int IN_FLIGHT_MAX = 32;

  /** Requests that may wait to be sent: beyond it they fail at once. */
  static final int WAITING_MAX = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(RemoteSigner.class);

  private final Web3Signer signer;

  private final List<PublicKey> keys;
  private final SigningRequests requests;
  private final Executor crypto;
  private final HashedMessages messages = new HashedMessages();
  private final ExecutorService calls =
      new ThreadPoolExecutor(
          IN_FLIGHT_MAX,
          IN_FLIGHT_MAX,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(WAITING_MAX),
          Thread.ofVirtual().name("remote-signer-", 0).factory());
  private final ProblemCounts<SignerProblem> failures = new ProblemCounts<>(SignerProblem.class);
  private volatile Optional<String> ailment = Optional.of("the remote signer was not asked yet");

  /**
   * @param signer closed with this
   * @param keys this operator's public share of each validator, in the order of the cluster file
   */
  public RemoteSigner(
      Web3Signer signer, List<PublicKey> keys, SigningRequests requests, Executor crypto) {
    this.signer = signer;
    this.keys = List.copyOf(keys);
    this.requests = requests;
    this.crypto = crypto;
  }

  @Override
  public CompletionStage<Bytes> sign(Request request) {
    long endNanos = signer.endNanos();
    CompletableFuture<Bytes> partial;
    try {
      partial =
          CompletableFuture.supplyAsync(() -> ask(request, endNanos), calls)
              .thenApplyAsync(signature -> verified(request, signature), crypto);
    } catch (RejectedExecutionException full) {
      partial =
          CompletableFuture.failedFuture(
              new RemoteSignerException(
                  SignerProblem.OVERLOADED, WAITING_MAX + " requests wait for the remote signer"));
    }
    return partial.whenComplete((_, failure) -> {
      if (failure != null) {
        failed(request.duty(), failure);
      }
    });
  }

  private Signature ask(Request request, long endNanos) {
    // Whoever waited that long has been given up, and asks again.
    if (System.nanoTime() - endNanos > 0) {
      throw new RemoteSignerException(
          SignerProblem.OVERLOADED, "too many requests wait for the remote signer");
    }
    SigningRequests.Request asked =
        requests
            .of(request.assignment(), request.duty().slot(), request.decided(), request.root())
            .orElseThrow(
                () -> new IllegalStateException("a root of something else: " + request.duty()));
    return signer.sign(keys.get(request.duty().validator()), asked.json(), endNanos);
  }

  private Bytes verified(Request request, Signature signature) {
    PublicKey key = keys.get(request.duty().validator());
    if (!Bls.verify(key, messages.of(request.root()), signature)) {
      throw new RemoteSignerException(
          SignerProblem.WRONG_SIGNATURE,
          "the remote signer's signature does not verify under the public share " + key);
    }
    return signature.uncompressed();
  }

  private void failed(DutyId duty, Throwable failure) {
    switch (failure) {
      case CompletionException wrapper when wrapper.getCause() != null ->
          failed(duty, wrapper.getCause());
      case RemoteSignerException known ->
          failures
              .countForTheLog(known.problem())
              .ifPresent(soFar ->
                  LOG.warn(
                      "{} is not signed: {}, {} so far: {}",
                      duty,
                      known.problem(),
                      soFar,
                      known.getMessage()));
      default -> LOG.error("{} is not signed", duty, failure);
    }
  }

  /** Asks the signer whether it is up, and remembers what came of it. Blocks. */
  public void lookAfter() {
    Optional<String> before = ailment;
    try {
      signer.upcheck();
      ailment = Optional.empty();
    } catch (RemoteSignerException failure) {
      ailment = Optional.of(String.valueOf(failure.getMessage()));
    }
    if (before.isPresent() && ailment.isEmpty()) {
      LOG.info("the remote signer is up");
    } else if (before.isEmpty()) {
      ailment.ifPresent(LOG::warn);
    }
  }

  /** What is wrong with the signer, as {@link #lookAfter} found it last. */
  public Optional<String> ailment() {
    return ailment;
  }

  /** Requests without a partial signature since the start. */
  public Map<SignerProblem, Long> failures() {
    return failures.all();
  }

  @Override
  public void close() {
    calls.shutdownNow();
    signer.close();
  }
}
