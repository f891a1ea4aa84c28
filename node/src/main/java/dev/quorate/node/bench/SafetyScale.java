/* SPDX-License-Identifier: Apache-2.0 */
package dev.quorate.node.bench;

/**
 * How much {@code bench safety} measures.
 *
 * @param rounds duties whose durability is measured, after a tenth as many to warm up
 * @param together validators whose duties are made durable at once
 * @param days of duties that are written
 * @param dutiesADay of each validator
 * @param validators that do them
 * @param historyDays days of a validator whose journal is recovered
 * @param entities that recover together
 * @param recoveries of each kind
 * @param kills of an operator's pods
 */
record SafetyScale(
    int rounds,
    int together,
    int days,
    int dutiesADay,
    int validators,
    int historyDays,
    int entities,
    int recoveries,
    int kills) {
  /** Of a year, and of Ethereum's main network, where an epoch takes 384 s. */
  static final SafetyScale FULL = new SafetyScale(200, 256, 4, 225, 32, 365, 1_000, 20, 4);

  /** To see that it works. */
  static final SafetyScale QUICK = new SafetyScale(3, 2, 2, 5, 2, 1, 3, 2, 1);
}
