"""The contracts of what lives in memory: one suite each, for every implementation."""
