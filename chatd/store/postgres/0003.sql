-- Version 3. What one node does for all: until when it may, by the clock of the database.
CREATE TABLE chatd.leases (
    what text COLLATE "C" PRIMARY KEY,
    node text COLLATE "C" NOT NULL,
    until timestamptz NOT NULL
) WITH (fillfactor = 50);
