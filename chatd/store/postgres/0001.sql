-- Version 1. Bodies are JSON as text: what people wrote has characters that jsonb does not take.
-- A message has the numbers in its columns and not in its body, which is written before they are
-- known. So has the message that an errand carries.

CREATE TABLE chatd.about (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    version integer NOT NULL,
    counts_from bigint NOT NULL DEFAULT 0,
    last_ticket bigint NOT NULL DEFAULT 0,
    copied_from text
);

-- Who commits: the number of the last batch and what it answered, for who was cut off meanwhile.
CREATE TABLE chatd.committers (
    id uuid PRIMARY KEY,
    batch bigint NOT NULL DEFAULT 0,
    answer jsonb,
    seen timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

CREATE TABLE chatd.dialogs (
    id text COLLATE "C" PRIMARY KEY,
    last_seq bigint NOT NULL DEFAULT 0,
    rev bigint NOT NULL DEFAULT 0,
    readers integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE chatd.messages (
    dialog text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    rev bigint NOT NULL,
    version integer NOT NULL DEFAULT 0,
    body text NOT NULL,
    PRIMARY KEY (dialog, seq)
);
CREATE INDEX messages_changed ON chatd.messages (dialog, rev);

-- ``moved``: the order in which they moved last.
CREATE SEQUENCE chatd.moves;
CREATE TABLE chatd.receipts (
    dialog text COLLATE "C" NOT NULL,
    participant text COLLATE "C" NOT NULL,
    delivered bigint NOT NULL,
    read bigint NOT NULL,
    moved bigint NOT NULL,
    PRIMARY KEY (dialog, participant)
) WITH (fillfactor = 70);

-- A sender's latest messages by client id, for retries: ``nth`` counts them.
CREATE TABLE chatd.sent (
    dialog text COLLATE "C" NOT NULL,
    sender text COLLATE "C" NOT NULL,
    client text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    nth bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (dialog, sender, client)
);
CREATE INDEX sent_order ON chatd.sent (dialog, sender, nth);
CREATE INDEX sent_at ON chatd.sent USING brin (at);

-- ``number``: the time in the id, where it has one. ``seq``, ``rev``: of a message that it carries.
CREATE TABLE chatd.documents (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    body text NOT NULL,
    number bigint,
    status text,
    site text,
    seq bigint,
    rev bigint,
    PRIMARY KEY (kind, id)
);
CREATE INDEX documents_number ON chatd.documents (kind, number) WHERE number IS NOT NULL;
CREATE INDEX documents_open ON chatd.documents (number)
    WHERE kind = 'tickets' AND status <> 'closed';

-- A batch of commits, each whole or not at all: what each came to. ``dialogs`` and ``documents``,
-- "KIND ID", are all that they touch, in order: locked in that order by everybody, so that nobody
-- waits for who waits for them. ``needs``: the commits of the batch that one was decided by.
CREATE FUNCTION chatd.commit(
    in_committer uuid, in_number bigint, in_dialogs text[], in_documents text[], commits jsonb
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    answers jsonb[] := '{}';
    asked jsonb;
    told jsonb;
    base bigint;
BEGIN
    PERFORM FROM chatd.committers WHERE id = in_committer AND batch = in_number - 1 FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'batch % of % is settled already', in_number, in_committer USING ERRCODE = 'CH001';
    END IF;
    INSERT INTO chatd.dialogs (id) SELECT unnest(in_dialogs) ON CONFLICT DO NOTHING;
    PERFORM FROM chatd.dialogs WHERE id = ANY (in_dialogs) ORDER BY id FOR NO KEY UPDATE;
    IF in_documents <> '{}' THEN
        PERFORM FROM chatd.documents AS d
            JOIN (SELECT split_part(one, ' ', 1) AS kind, substr(one, strpos(one, ' ') + 1) AS id
                FROM unnest(in_documents) AS one) AS wanted
            ON d.kind = wanted.kind COLLATE "C" AND d.id = wanted.id COLLATE "C"
            ORDER BY d.kind, d.id FOR UPDATE OF d;
    END IF;
    SELECT counts_from INTO base FROM chatd.about;
    FOR i IN 0 .. jsonb_array_length(commits) - 1 LOOP
        asked := commits -> i;
        IF asked ? 'needs' AND EXISTS (
            SELECT FROM jsonb_array_elements_text(asked -> 'needs') AS n
            WHERE NOT answers[n::integer + 1] ? 'given')
        THEN
            told := '{"stale": true}';
        ELSE
            told := coalesce(chatd.refusal(asked -> 'changes'), chatd.apply(asked -> 'changes', base));
        END IF;
        answers := answers || told;
    END LOOP;
    told := to_jsonb(answers);
    UPDATE chatd.committers SET batch = in_number, answer = told, seen = now()
        WHERE id = in_committer;
    RETURN told;
END $$;
-- Why a commit changes nothing, if it does not.
CREATE FUNCTION chatd.refusal(changes jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    change jsonb;
    found_seq bigint;
    found_version integer;
    found_body text;
BEGIN
    FOR i IN 0 .. jsonb_array_length(changes) - 1 LOOP
        change := changes -> i;
        IF change ? 'client' THEN
            SELECT seq INTO found_seq FROM chatd.sent WHERE dialog = change ->> 'dialog'
                AND sender = change ->> 'id' AND client = change ->> 'client';
            IF FOUND THEN
                RETURN jsonb_build_object('repeats', found_seq, 'id', change ->> 'dialog');
            END IF;
        END IF;
    END LOOP;
    FOR i IN 0 .. jsonb_array_length(changes) - 1 LOOP
        change := changes -> i;
        IF change ? 'expected' THEN
            IF change ->> 'op' = 'replace' THEN
                SELECT version INTO found_version FROM chatd.messages
                    WHERE dialog = change ->> 'dialog' AND seq = (change ->> 'seq')::bigint;
                IF NOT FOUND THEN
                    RETURN jsonb_build_object('missing', i);
                END IF;
            ELSE
                SELECT version, body INTO found_version, found_body FROM chatd.documents
                    WHERE kind = change ->> 'kind' AND id = change ->> 'id';
            END IF;
            IF coalesce(found_version, 0) <> (change ->> 'expected')::integer THEN
                RETURN jsonb_build_object('overtaken', i, 'body', found_body);
            END IF;
        END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- Carries out a commit that nothing is in the way of: the numbers that it gave, per change.
CREATE FUNCTION chatd.apply(changes jsonb, base bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    change jsonb;
    given jsonb[] := '{}';
    new_seq bigint;
    new_rev bigint;
    counted bigint;
    carried jsonb;
BEGIN
    FOR i IN 0 .. jsonb_array_length(changes) - 1 LOOP
        change := changes -> i;
        new_seq := NULL;
        new_rev := NULL;
        IF change ? 'numbered' THEN
            UPDATE chatd.dialogs SET last_seq = last_seq + (change ->> 'numbered')::integer,
                rev = greatest(rev, base) + 1
                WHERE id = change ->> 'dialog' RETURNING last_seq, rev INTO new_seq, new_rev;
        END IF;
        CASE change ->> 'op'
        WHEN 'append' THEN
            INSERT INTO chatd.messages (dialog, seq, rev, version, body) VALUES (change ->> 'dialog',
                new_seq, new_rev, (change ->> 'version')::integer, change ->> 'body');
            PERFORM chatd.advance(change ->> 'dialog', change ->> 'id', new_seq, new_seq);
            IF change ? 'client' THEN
                INSERT INTO chatd.sent (dialog, sender, client, seq, nth)
                    VALUES (change ->> 'dialog', change ->> 'id', change ->> 'client', new_seq,
                    1 + coalesce((SELECT max(nth) FROM chatd.sent
                        WHERE dialog = change ->> 'dialog' AND sender = change ->> 'id'), 0))
                    RETURNING nth INTO counted;
                IF counted > 256 THEN
                    DELETE FROM chatd.sent WHERE dialog = change ->> 'dialog'
                        AND sender = change ->> 'id' AND nth <= counted - 256;
                END IF;
            END IF;
        WHEN 'replace' THEN
            UPDATE chatd.messages SET rev = new_rev, version = (change ->> 'version')::integer,
                body = change ->> 'body'
                WHERE dialog = change ->> 'dialog' AND seq = (change ->> 'seq')::bigint;
        WHEN 'advance' THEN
            PERFORM chatd.advance(change ->> 'dialog', change ->> 'id',
                (change ->> 'delivered')::bigint, (change ->> 'read')::bigint);
        WHEN 'forget' THEN
            DELETE FROM chatd.sent WHERE dialog = change ->> 'dialog' AND sender = change ->> 'id';
            DELETE FROM chatd.receipts
                WHERE dialog = change ->> 'dialog' AND participant = change ->> 'id';
            IF FOUND THEN
                UPDATE chatd.dialogs SET readers = readers - 1 WHERE id = change ->> 'dialog';
            END IF;
        WHEN 'put' THEN
            carried := given[1 + (change ->> 'carries')::integer];
            INSERT INTO chatd.documents AS d
                (kind, id, version, body, number, status, site, seq, rev)
                VALUES (change ->> 'kind', change ->> 'id', (change ->> 'version')::integer,
                change ->> 'body', (change ->> 'number')::bigint, change ->> 'status',
                change ->> 'site', (carried -> 0)::bigint, (carried -> 1)::bigint)
                ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version,
                body = excluded.body, status = excluded.status, site = excluded.site,
                seq = excluded.seq, rev = excluded.rev
                WHERE NOT change ? 'expected' OR d.version = (change ->> 'expected')::integer;
            IF NOT FOUND THEN  -- another made it since it was looked for
                RAISE EXCEPTION 'lost a race' USING ERRCODE = 'serialization_failure';
            END IF;
        WHEN 'remove' THEN
            DELETE FROM chatd.documents WHERE kind = change ->> 'kind' AND id = change ->> 'id';
        ELSE
            NULL;  -- a touch is its number
        END CASE;
        given := given || jsonb_build_array(new_seq, new_rev);
    END LOOP;
    RETURN jsonb_build_object('given', to_jsonb(given));
END $$;

-- A receipt moves, never back; of very many readers those who moved last are kept.
CREATE FUNCTION chatd.advance(
    in_dialog text, who text, to_delivered bigint, to_read bigint
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    is_new boolean;
    many integer;
BEGIN
    INSERT INTO chatd.receipts AS r (dialog, participant, delivered, read, moved)
        VALUES (in_dialog, who, greatest(to_delivered, to_read), to_read, nextval('chatd.moves'))
        ON CONFLICT (dialog, participant) DO UPDATE SET
        delivered = greatest(r.delivered, excluded.delivered),
        read = greatest(r.read, excluded.read), moved = excluded.moved
        RETURNING r.xmax = 0 INTO is_new;
    IF is_new THEN
        UPDATE chatd.dialogs SET readers = readers + 1 WHERE id = in_dialog
            RETURNING readers INTO many;
        IF many > 2000 THEN
            DELETE FROM chatd.receipts WHERE dialog = in_dialog AND participant IN (
                SELECT participant FROM chatd.receipts WHERE dialog = in_dialog
                ORDER BY moved LIMIT many - 2000);
            UPDATE chatd.dialogs SET readers = 2000 WHERE id = in_dialog;
        END IF;
    END IF;
END $$;

-- What became of a batch that its committer was cut off from: its answer, where it is durable.
-- Where it is not it never will be: its number is taken.
CREATE FUNCTION chatd.settle(in_committer uuid, in_number bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    last bigint;
    told jsonb;
BEGIN
    SELECT batch, answer INTO last, told FROM chatd.committers WHERE id = in_committer FOR UPDATE;
    IF last = in_number THEN
        RETURN told;
    END IF;
    INSERT INTO chatd.committers AS c (id, batch, answer) VALUES (in_committer, in_number, NULL)
        ON CONFLICT (id) DO UPDATE SET batch = excluded.batch, answer = NULL, seen = now();
    RETURN NULL;
END $$;
