-- That this operator approves that a validator leaves. slot: the first of the period that the approval is for.
CREATE TABLE exit_approval (
  slot BIGINT NOT NULL,
  group_key BYTEA NOT NULL,
  PRIMARY KEY (slot, group_key)
);
