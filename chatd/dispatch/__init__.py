"""Between transports and handlers: find, authorise, limit, carry out, log, audit."""
