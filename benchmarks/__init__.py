"""Measures chatd beside its peers; never imported by chatd."""
