"""Who may be here: bans, sessions, tokens, log-ins, and what is refused."""
