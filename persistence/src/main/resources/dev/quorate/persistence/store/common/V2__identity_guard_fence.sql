-- Whose database it is: one row.
CREATE TABLE identity (
  id SMALLINT PRIMARY KEY CHECK (id = 1),
  operator_key BYTEA NOT NULL,
  cluster_hash BYTEA NOT NULL,
  genesis_root BYTEA NOT NULL
);

-- The signing guard's watermarks (EIP-3076, minimal). root: what was signed at target; NULL after an import.
CREATE TABLE signing_watermark (
  genesis_root BYTEA NOT NULL,
  group_key BYTEA NOT NULL,
  kind SMALLINT NOT NULL,
  source BIGINT NOT NULL,
  target BIGINT NOT NULL,
  root BYTEA,
  PRIMARY KEY (genesis_root, group_key, kind)
);

-- Everything that the guard granted; for duty types that EIP-3076 does not know this is the guard.
CREATE TABLE signing_history (
  genesis_root BYTEA NOT NULL,
  group_key BYTEA NOT NULL,
  duty_type SMALLINT NOT NULL,
  target BIGINT NOT NULL,
  part INTEGER NOT NULL,
  slot BIGINT NOT NULL,
  source BIGINT NOT NULL,
  root BYTEA NOT NULL,
  PRIMARY KEY (genesis_root, group_key, duty_type, target, part)
);

-- Which activation of an entity may vote in a duty. slot first: pruned and read by slot.
CREATE TABLE vote_fence (
  slot BIGINT NOT NULL,
  validator_key BYTEA NOT NULL,
  duty_type SMALLINT NOT NULL,
  part INTEGER NOT NULL,
  activation BYTEA NOT NULL,
  PRIMARY KEY (slot, validator_key, duty_type, part)
);

-- Nothing at or below this slot is voted in. One row, which claims and pruning lock.
CREATE TABLE vote_fence_floor (
  id SMALLINT PRIMARY KEY CHECK (id = 1),
  slot BIGINT NOT NULL
);
INSERT INTO vote_fence_floor (id, slot) VALUES (1, -1);
