"""Where conversations are kept: one contract (base), and the backends that fulfil it."""
