"""Fixtures of what is found."""

from tests.store.conftest import opened as opened
