-- Who among an operator's pods may decide, and until when by this database's clock. No row: nobody.
CREATE TABLE lease (
  name VARCHAR(255) PRIMARY KEY,
  owner VARCHAR(255) NOT NULL,
  held_until TIMESTAMP WITH TIME ZONE NOT NULL
);

-- Up to which number an entity's events may be gone. It only rises, and the journal takes no event at or below it.
CREATE TABLE journal_floor (
  persistence_id VARCHAR(255) PRIMARY KEY,
  sequence_number BIGINT NOT NULL
);
