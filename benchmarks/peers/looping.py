"""asyncio's peers run on uvloop, the fastest loop there is for them; without it, as a test may be,
on asyncio's own."""

try:
    from uvloop import run
except ImportError:
    from asyncio import run

__all__ = ["run"]
