-- Version 5. What messages are found by: the stems of their words, which chatd makes. So a message
-- that is new or was changed waits in ``unindexed`` until a node has made them, from the same moment
-- on in which it is not found by its old words any more.
CREATE TABLE chatd.unindexed (
    dialog text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    rev bigint NOT NULL,
    PRIMARY KEY (dialog, seq)
);
-- ``place``: when it was written, and by what it is told from others of that moment.
CREATE TABLE chatd.words (
    place bigint PRIMARY KEY,
    dialog text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    words tsvector NOT NULL,
    UNIQUE (dialog, seq)
);
CREATE INDEX words_in ON chatd.words (dialog, place);
CREATE INDEX words_found ON chatd.words USING gin (words);

-- ``rev`` is what tells whoever made the words of one that it was changed meanwhile.
CREATE FUNCTION chatd.unindex() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chatd.unindexed (dialog, seq, rev) VALUES (NEW.dialog, NEW.seq, NEW.rev)
        ON CONFLICT (dialog, seq) DO UPDATE SET rev = excluded.rev;
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM chatd.words WHERE dialog = NEW.dialog AND seq = NEW.seq;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER unindex AFTER INSERT OR UPDATE OF body ON chatd.messages
    FOR EACH ROW EXECUTE FUNCTION chatd.unindex();
INSERT INTO chatd.unindexed (dialog, seq, rev) SELECT dialog, seq, rev FROM chatd.messages;
