"""What of our own scripts and styles goes over the wire: no comments, no indentation.

A script's lines stay where they are, so that a browser's line numbers are those of the files. No
literal of ours may begin a line with ``//`` or ``/**``, mean the space at a line's beginning, or
have ``/** @type {`` in it.
"""

from __future__ import annotations

import re
from pathlib import PurePath

COMMENT_LINE = re.compile(r"^[ \t]*//[^\n]*", re.MULTILINE)
TYPES = re.compile(r"^[ \t]*/\*\*(?:(?!\*/).)*\*/(?=\n|\Z)", re.MULTILINE | re.DOTALL)
# A type within a line: of a parameter, or of what stands in parentheses.
TYPE = re.compile(r"/\*\* @type \{[^\n]*?\} \*/ ")
STYLE_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
STYLE_SPACE = re.compile(r"\s*([{};,])\s*|(?<=:)\s+")


def trim(path: PurePath, text: str) -> str:
    """The text of a file below ``chatd/web`` as it is sent."""
    if "vendor" in path.parts:
        return text
    if path.suffix == ".js":
        code = TYPE.sub("", TYPES.sub(lambda types: "\n" * types[0].count("\n"), text))
        return INDENT.sub("", COMMENT_LINE.sub("", code))
    if path.suffix == ".css":
        return STYLE_SPACE.sub(r"\1", STYLE_COMMENT.sub("", text)).replace(";}", "}").strip()
    return text
