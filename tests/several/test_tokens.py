"""A program's token is good at every node, and at none as soon as one takes it back."""

from __future__ import annotations

from tests.admin import test_tokens
from tests.several.stories import stories

globals().update(stories(test_tokens))
