-- Values that are too large for a row of the journal, which names them by their SHA-256: in parts of less than a megabyte, in order.
CREATE TABLE large_value (
  hash BYTEA NOT NULL,
  position INTEGER NOT NULL,
  slot BIGINT NOT NULL,
  content BYTEA NOT NULL,
  PRIMARY KEY (hash, position)
);
CREATE INDEX large_value_slot ON large_value (slot);
