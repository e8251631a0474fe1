"""Calls: who calls is on one node, who is called on the other."""

from __future__ import annotations

from tests import test_calls
from tests.several.stories import stories

globals().update(stories(test_calls))
