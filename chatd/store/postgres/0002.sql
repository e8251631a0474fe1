-- Version 2. What the two sides of a ticket say is counted in its dialog, and taken over by its
-- episode whenever that is put: ``said`` of a document has how much it was when the episode began,
-- and by now. What was there before counts on from what its body says.

ALTER TABLE chatd.dialogs
    ADD COLUMN customer_said bigint NOT NULL DEFAULT 0,
    ADD COLUMN operators_said bigint NOT NULL DEFAULT 0;
ALTER TABLE chatd.documents ADD COLUMN said bigint[];

-- Carries out a commit that nothing is in the way of: the numbers that it gave, per change.
CREATE OR REPLACE FUNCTION chatd.apply(changes jsonb, base bigint) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    change jsonb;
    given jsonb[] := '{}';
    new_seq bigint;
    new_rev bigint;
    counted bigint;
    carried jsonb;
    new_said bigint[];
BEGIN
    FOR i IN 0 .. jsonb_array_length(changes) - 1 LOOP
        change := changes -> i;
        new_seq := NULL;
        new_rev := NULL;
        IF change ? 'numbered' THEN
            UPDATE chatd.dialogs SET last_seq = last_seq + (change ->> 'numbered')::integer,
                rev = greatest(rev, base) + 1,
                customer_said = customer_said + (change @> '{"side": "customer"}')::integer,
                operators_said = operators_said + (change @> '{"side": "admin"}')::integer
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
            new_said := NULL;
            IF change ? 'counts' THEN
                SELECT ARRAY[customer_said, operators_said, customer_said, operators_said]
                    INTO new_said FROM chatd.dialogs WHERE id = change ->> 'dialog';
            END IF;
            INSERT INTO chatd.documents AS d
                (kind, id, version, body, number, status, site, seq, rev, said)
                VALUES (change ->> 'kind', change ->> 'id', (change ->> 'version')::integer,
                change ->> 'body', (change ->> 'number')::bigint, change ->> 'status',
                change ->> 'site', (carried -> 0)::bigint, (carried -> 1)::bigint, new_said)
                ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version,
                body = excluded.body, status = excluded.status, site = excluded.site,
                seq = excluded.seq, rev = excluded.rev,
                said = CASE WHEN excluded.said IS NOT NULL
                    THEN coalesce(d.said[1:2], '{0,0}') || excluded.said[3:4] END
                WHERE NOT change ? 'expected' OR d.version = (change ->> 'expected')::integer;
            IF NOT FOUND THEN  -- another made it since it was looked for
                RAISE EXCEPTION 'lost a race' USING ERRCODE = 'serialization_failure';
            END IF;
        WHEN 'remove' THEN
            DELETE FROM chatd.documents WHERE kind = change ->> 'kind' AND id = change ->> 'id';
        ELSE
            NULL;  -- a touch is its number; what is expected was looked for
        END CASE;
        given := given || jsonb_build_array(new_seq, new_rev);
    END LOOP;
    RETURN jsonb_build_object('given', to_jsonb(given));
END $$;
