"""What of a script goes over the wire: all its lines, none of its comments and types."""

from __future__ import annotations

from pathlib import Path, PurePath

import pytest

from chatd.net.http.trimming import trim

WEB = Path(__file__).parents[3] / "chatd" / "web"
OURS = [path for path in WEB.rglob("*.js") if "vendor" not in path.parts]


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.relative_to(WEB).as_posix())
def test_every_line_of_a_script_stays_where_it_is(path: Path) -> None:
    written = path.read_text("utf-8")
    sent = trim(path.relative_to(WEB), written)
    assert sent.count("\n") == written.count("\n")
    assert not [line for line in sent.splitlines() if line.startswith(("//", "/**", "*"))]


def test_types_are_not_sent_and_code_behind_them_is() -> None:
    typed = "/** @type {any} */\nlet a;\n  /**\n   * @param {number} n\n   */\n  f(n);\n"
    written = typed + "g(/** x */ 1);\n"
    sent = "\nlet a;\n\n\n\nf(n);\ng(/** x */ 1);\n"
    assert trim(PurePath("shared/a.js"), written) == sent


def test_code_on_the_line_of_a_type_stays() -> None:
    written = "/** @type {any} */ let a;\nlet b;\n/** @type {any} */\nlet c;\n"
    assert "let a;" in trim(PurePath("shared/a.js"), written)
    assert "let b;" in trim(PurePath("shared/a.js"), written)


def test_types_within_a_line_are_not_sent() -> None:
    written = "const f = (/** @type {{ a: string }} */ one) => /** @type {any} */ (one)[`${g}`];\n"
    sent = "const f = (one) => (one)[`${g}`];\n"
    assert trim(PurePath("shared/a.js"), written) == sent


def test_a_sheet_is_sent_without_comments_and_without_what_no_browser_needs() -> None:
    written = "/* x */\na :hover,\nb:hover {\n  color: red;\n  font: 1px / 2px x, y;\n}\n"
    sent = "a :hover,b:hover{color:red;font:1px / 2px x,y}"
    assert trim(PurePath("shared/a.css"), written) == sent
