/* SPDX-License-Identifier: Apache-2.0 */
/**
 * What Ethereum's consensus layer defines, as pure values and functions: no clock, no I/O, no
 * thread. This package holds only how numbers and bytes are written in JSON; the packages below may
 * use one another, the values of {@code consensus}, Jackson's tree model and nothing else.
 */
@NullMarked
package dev.quorate.ethereum;

import org.jspecify.annotations.NullMarked;
