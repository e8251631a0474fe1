"""Plain HTTP: a table of routes, each a command; identification, envelopes, health, pages."""
