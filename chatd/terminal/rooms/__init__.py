"""``chatd chat``: rooms, on the full screen or line by line."""
