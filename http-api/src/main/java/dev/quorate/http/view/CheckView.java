/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.http.view;

import java.util.Optional;

/**
 * Whether the signing guard would grant a signature now.
 *
 * @param objection why it would not; absent if granted
 */
public record CheckView(boolean granted, Optional<String> objection) {}
