-- With whose shares this operator signs nothing any more, until they are imported again. Changed only while no guard decides.
CREATE TABLE share_fence (
  group_key BYTEA PRIMARY KEY
);
