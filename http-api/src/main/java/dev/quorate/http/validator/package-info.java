/* SPDX-License-Identifier: Apache-2.0 */
/**
 * The validator API of a pod: the Beacon API, served to a validator client that holds this
 * operator's key shares. Neighbours: {@code actors.sign}, whose desk says what is to be signed and
 * takes what was; {@code beacon} for what is passed on, {@code ethereum} for what is signed.
 */
@NullMarked
package dev.quorate.http.validator;

import org.jspecify.annotations.NullMarked;
