"""What the bare HTTP servers answer: as much as chatd does when a poll finds one new message."""

MESSAGE = {
    "id": "TKT-1730053200:2",
    "seq": 2,
    "ticket_id": "TKT-1730053200",
    "sender_type": "customer",
    "sender_id": "p-6b014049-3470bdcbbe04",
    "sender_name": "Гость 9054",
    "message": "hi",
    "type": "text",
    "meta": {},
    "created_at": "2026-11-21T06:55:05.767Z",
}
TICKET = {"id": "TKT-1730053200", "status": "waiting", "site": "default", "last_seq": 2}
PAGE = {"success": True, "data": {"ticket": TICKET, "messages": [MESSAGE]}}
