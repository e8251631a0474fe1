-- Version 4. Messages that are not counted as unread: those of the house and deleted ones by nobody
-- ('unsaid'), those of bots not by staff ('by_bot'). A name in a text has its quotes escaped.
CREATE FUNCTION chatd.uncounted(body text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    sender text := substring(body from
        '^\{"id":"","dialog_id":"(?:[^"\\]|\\.)*","seq":0,"rev":0,"sender_type":"([a-z]+)"');
BEGIN
    IF sender = 'system' OR position('"deleted_at":"' in body) > 0 THEN
        RETURN 'unsaid';
    END IF;
    RETURN CASE WHEN sender = 'bot' THEN 'by_bot' END;
END $$;
CREATE INDEX messages_uncounted ON chatd.messages (dialog, seq)
    WHERE chatd.uncounted(body) IS NOT NULL;
