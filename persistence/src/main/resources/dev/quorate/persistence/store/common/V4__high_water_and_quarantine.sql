-- How far each pod saw this database come: commits that it acknowledged, which its mark file counts too. A row behind its file is an older database.
CREATE TABLE high_water (
  mark BYTEA NOT NULL,
  writer SMALLINT NOT NULL,
  commits BIGINT NOT NULL,
  PRIMARY KEY (mark, writer)
);

-- What is refused for good since it was not known any more what had been signed. No row: nothing.
CREATE TABLE quarantine (
  id SMALLINT PRIMARY KEY CHECK (id = 1),
  slot BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  source BIGINT NOT NULL
);
