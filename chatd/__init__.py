"""chatd: rooms where you watch each other type, live support tickets, calls, in one daemon."""

__version__ = "0.1.0"
