"""What tests draw lots with: the same in every run, unless ``CHATD_SEED`` says otherwise."""

from __future__ import annotations

import os

SEED = int(os.environ.get("CHATD_SEED", "1"))
