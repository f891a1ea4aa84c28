/* SPDX-License-Identifier: Apache-2.0 */
@NullMarked
package dev.quorate.http;

import org.jspecify.annotations.NullMarked;
