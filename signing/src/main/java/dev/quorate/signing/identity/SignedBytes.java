/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.signing.identity;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What an identity key signs: u8 length of the tag, the tag, then for each part u32 length
 * (big-endian) and the part. So no two (tag, parts) give the same bytes. Nor does TLS or X.509 with
 * the same key: a TLS 1.3 signature starts with 64 spaces and a certificate's DER of such a length
 * has a second byte of 0x81 or 0x82, while the second byte here is a printable character of the
 * tag.
 */
final class SignedBytes {
  private static final int TAG_LENGTH_MAX = 64;

  private SignedBytes() {}

  /**
   * @throws IllegalArgumentException unless the tag has 1 to 64 printable ASCII characters other
   *     than the space
   */
  static byte[] of(String tag, byte[]... parts) {
    if (tag.isEmpty()
        || tag.length() > TAG_LENGTH_MAX
        || !tag.chars().allMatch(character -> character > ' ' && character < 0x7f)) {
      throw new IllegalArgumentException("no domain tag: " + tag);
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(tag.length());
    bytes.writeBytes(tag.getBytes(StandardCharsets.US_ASCII));
    for (byte[] part : parts) {
      bytes.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
