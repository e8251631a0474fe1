"""The admin shell: a Unix socket, a table of verbs, a client that answers in a blink."""
