/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.beacon.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.quorate.beacon.client.BeaconError.Call;
import dev.quorate.consensus.Bytes;
import dev.quorate.ethereum.chain.Fork;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.http.javadsl.model.ContentTypes;
import org.apache.pekko.http.javadsl.model.HttpEntities;
import org.apache.pekko.http.javadsl.model.HttpHeader;
import org.apache.pekko.http.javadsl.model.HttpMethods;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.RequestEntity;
import org.apache.pekko.http.javadsl.model.headers.RawHeader;

/**
 * One request of the Beacon API.
 *
 * @param parameters of the URL, already encoded; empty for none
 * @param body makes it a POST
 * @param fork sent as {@code Eth-Consensus-Version}
 * @param items how many things are asked about: bounds the answer
 */
record Query(
    String path, String parameters, Optional<RequestEntity> body, Optional<Fork> fork, int items) {
  static Query get(String path) {
    return new Query(path, "", Optional.empty(), Optional.empty(), 1);
  }

  static Query get(String path, String parameters, int items) {
    return new Query(path, parameters, Optional.empty(), Optional.empty(), items);
  }

  static Query post(String path, JsonNode body, int items) {
    return post(path, HttpEntities.create(ContentTypes.APPLICATION_JSON, body.toString()), items);
  }

  static Query postSsz(String path, Bytes body) {
    return post(
        path, HttpEntities.create(ContentTypes.APPLICATION_OCTET_STREAM, body.toArray()), 1);
  }

  private static Query post(String path, RequestEntity body, int items) {
    return new Query(path, "", Optional.of(body), Optional.empty(), items);
  }

  Query at(Fork consensusVersion) {
    return new Query(path, parameters, body, Optional.of(consensusVersion), items);
  }

  Call call(BeaconUrl url) {
    return new Call(url.toString(), (body.isPresent() ? "POST " : "GET ") + path);
  }

  HttpRequest request(BeaconUrl url) {
    return request(url, "application/json");
  }

  /**
   * @param accept the media type of the answer
   */
  HttpRequest request(BeaconUrl url, String accept) {
    List<HttpHeader> headers = new ArrayList<>();
    headers.add(RawHeader.create("Accept", accept));
    url.authorization().ifPresent(value -> headers.add(RawHeader.create("Authorization", value)));
    fork.ifPresent(version ->
        headers.add(RawHeader.create("Eth-Consensus-Version", version.consensusVersion())));
    HttpRequest request =
        HttpRequest.create(url.resolve(parameters.isEmpty() ? path : path + "?" + parameters))
            .addHeaders(headers);
    return body.map(entity -> request.withMethod(HttpMethods.POST).withEntity(entity))
        .orElse(request);
  }
}
