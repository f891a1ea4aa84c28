/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What the packages below share: files that only their owner may read. Uses nothing but the JDK.
 */
@NullMarked
package dev.quorate.signing;

import org.jspecify.annotations.NullMarked;
