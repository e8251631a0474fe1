"""What a message's text looks like: addresses as readers mean them, a little Markdown."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.daemon import Daemon
from tests.marks import SAID

# A text, and what in it is an address; where it leads, if not where it says.
LINKS: list[tuple[str, list[str | tuple[str, str]]]] = [
    (
        "https://en.wikipedia.org/wiki/Mercury_(planet)",
        ["https://en.wikipedia.org/wiki/Mercury_(planet)"],
    ),
    ("(см. https://a.com/b_(c))", ["https://a.com/b_(c)"]),
    ("(https://a.com/b)", ["https://a.com/b"]),
    ("https://shop.example/?f[]", ["https://shop.example/?f[]"]),
    ("[https://shop.example/?f[]=1&f[]=2].", ["https://shop.example/?f[]=1&f[]=2"]),
    ("**https://shop.example/a**", ["https://shop.example/a"]),
    ("_https://shop.example/a_", ["https://shop.example/a"]),
    ("https://shop.example/a_b_c", ["https://shop.example/a_b_c"]),
    (
        "https://shop.example/a,https://shop.example/b",
        ["https://shop.example/a", "https://shop.example/b"],
    ),
    (
        "https://shop.example/a;https://shop.example/b;",
        ["https://shop.example/a", "https://shop.example/b"],
    ),
    (
        "https://web.archive.org/web/2020/https://a.com/",
        ["https://web.archive.org/web/2020/https://a.com/"],
    ),
    ("https://a.com/?u=https://b.com/", ["https://a.com/?u=https://b.com/"]),
    ("https://bank.example@evil.example/", []),
    ("https://bank.example:443@evil.example/x", []),
    ("https://bank.example%40evil.example/", []),
    ("http://user:pass@a.com", []),
    ("www.bank.example:1@evil.example/", []),
    ("bank.com:1@evil.com/", []),
    ("https://good.example\\@evil.example", [("https://good.example", "https://good.example/")]),
    ("https://shop.example/\u202egnp.exe", ["https://shop.example/"]),
    ("https://shop.example/\u200bx", ["https://shop.example/"]),
    ("www.shop.example", [("www.shop.example", "https://www.shop.example/")]),
    ("на www.shop.example.", [("www.shop.example", "https://www.shop.example/")]),
    ("ozon.ru/product/1, да", [("ozon.ru/product/1", "https://ozon.ru/product/1")]),
    ("Зайдите на shop.com!", [("shop.com", "https://shop.com/")]),
    (
        "https://пример.рф/путь",
        [
            (
                "https://пример.рф/путь",
                "https://xn--e1afmkfd.xn--p1ai/%D0%BF%D1%83%D1%82%D1%8C",
            )
        ],
    ),
    ("пример.рф", [("пример.рф", "https://xn--e1afmkfd.xn--p1ai/")]),
    ("HTTPS://SHOP.EXAMPLE/A", [("HTTPS://SHOP.EXAMPLE/A", "https://shop.example/A")]),
    ("http://localhost:8000/x", ["http://localhost:8000/x"]),
    ("http://1.2.3.4/x", ["http://1.2.3.4/x"]),
    ("https://[::1]:80/a", ["https://[::1]:80/a"]),
    ("http://a.com:99999/", []),
    ("https://", []),
    ("https://..", []),
    ("смотри：https://shop.example/a。", ["https://shop.example/a"]),
    (
        "https://shop.example/a，https://shop.example/b",
        ["https://shop.example/a", "https://shop.example/b"],
    ),
    ("（https://shop.example/a）", ["https://shop.example/a"]),
    ("«https://shop.example/a»", ["https://shop.example/a"]),
    ('"https://shop.example/a"', ["https://shop.example/a"]),
    ("'https://shop.example/a'", ["https://shop.example/a"]),
    ("“https://shop.example/a”", ["https://shop.example/a"]),
    ("<https://shop.example/a>", ["https://shop.example/a"]),
    ("https://shop.example/it's", ["https://shop.example/it's"]),
    ("https://shop.example/a...", ["https://shop.example/a"]),
    ("https://shop.example/a?!", ["https://shop.example/a"]),
    ("слитноhttps://shop.example/a", ["https://shop.example/a"]),
    ("javascript:alert(1)", []),
    ("data:text/html,x", []),
    ("ftp://shop.example/a", []),
    ("main.rs, readme.md, 1.2.3, file.com.exe", []),
    ("т.е. и т.д.", []),
    ("mailto:a@b.example", ["mailto:a@b.example"]),
    ("a.b+c@d-e.example!", [("a.b+c@d-e.example", "mailto:a.b+c@d-e.example")]),
    ("почта@пример.рф", [("почта@пример.рф", "mailto:почта@пример.рф")]),
    ("a@b и @anna и a@b.c", []),
    ("x@y.example@z.example", []),
    ("+7 (495) 123-45-67", [("+7 (495) 123-45-67", "tel:+74951234567")]),
    ("8 800 555-35-35, звонок", [("8 800 555-35-35", "tel:88005553535")]),
    ("8(916)1234567", [("8(916)1234567", "tel:89161234567")]),
    ("89161234567", [("89161234567", "tel:89161234567")]),
    ("звоните: +74951234567.", [("+74951234567", "tel:+74951234567")]),
    ("+44 20 7946 0958", [("+44 20 7946 0958", "tel:+442079460958")]),
    (
        "+7 495 123 45 67 или +7 495 765 43 21",
        [("+7 495 123 45 67", "tel:+74951234567"), ("+7 495 765 43 21", "tel:+74957654321")],
    ),
    ("12345678901 и 2+380441234567", []),
    ("цена 8 900 руб, +1, 8 800", []),
    ("2026-11-26 12:00, 1 000 000 000", []),
    ("https://a.com/89161234567", ["https://a.com/89161234567"]),
    ("`https://a.com/`", []),
    ("[наш сайт](https://a.com/b_(c))", [("наш сайт", "https://a.com/b_(c)")]),
    (
        "[https://bank.example](https://evil.example/)",
        [("https://bank.example", "https://bank.example/"), "https://evil.example/"],
    ),
    ("[bank.com](https://evil.com/)", [("bank.com", "https://bank.com/"), "https://evil.com/"]),
    ("[сюда](javascript:alert(1))", []),
    ("[сюда](https://bank.example@evil.example/)", []),
]
MARKS = [
    ("**важно**", "<strong>важно</strong>"),
    ("*да* и _нет_", "<em>да</em> и <em>нет</em>"),
    ("***оба***", "<strong><em>оба</em></strong>"),
    ("**a *b* c**", "<strong>a <em>b</em> c</strong>"),
    ("**две\nстроки**", "<strong>две\nстроки</strong>"),
    ("(**a**), «*b*»!", "(<strong>a</strong>), «<em>b</em>»!"),
    ("2 * 3 * 4 и 2*3*4", "2 * 3 * 4 и 2*3*4"),
    ("snake_case_name и __init__", "snake_case_name и __init__"),
    ("** a ** и **", "** a ** и **"),
    ("*_* ^_^ ¯\\_(ツ)_/¯", "*_* ^_^ ¯\\_(ツ)_/¯"),
    ("f**k", "f**k"),
    ("**a *b**", "<strong>a *b</strong>"),
    ("`**a** <b> &amp; _c_`", "<code>**a** &lt;b&gt; &amp;amp; _c_</code>"),
    ("``a`b``", "<code>a`b</code>"),
    ("`a", "`a"),
    ("**`x`**", "<strong><code>x</code></strong>"),
    ("```\n  a *b*\n\n\tc\n```", "<pre><code>  a *b*\n\n\tc</code></pre>"),
    ("вот:\n```py\nx = 1\n```\nи всё", "<p>вот:</p><pre><code>x = 1</code></pre><p>и всё</p>"),
    ("```x```", "<pre><code>x</code></pre>"),
    ("```нет конца", "```нет конца"),
    ("- a\n- *b*", "<ul><li>a</li><li><em>b</em></li></ul>"),
    (
        "купить:\n* чай\n* кофе\nвсё",
        "<p>купить:</p><ul><li>чай</li><li>кофе</li></ul><p>всё</p>",
    ),
    ("3. a\n4. b", '<ol start="3"><li>a</li><li>b</li></ol>'),
    ("— Привет\n— И тебе", "— Привет\n— И тебе"),
    ("-5 градусов", "-5 градусов"),
    ("1.5 литра", "1.5 литра"),
    ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
    ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
    ("&lt;", "&amp;lt;"),
]
HOSTILE = [
    *(
        "<script>window.broken=1</script>",
        "<img src=x onerror=window.broken=1>",
        "javascript:",
        "*",
    ),
    *("**", "_", "`", "```", "[x](", ")", "](javascript:window.broken=1)", "- ", "1. ", "\n", "\\"),
    *("https://a.com/", '"onmouseover=window.broken=1 ', "a@b.com", "+7 495 123 45 67", "&lt;"),
    *(
        "data:text/html,<script>",
        "\u202e",
        "\u0000",
        "</span>",
        "<!--",
        "]]>",
        " ",
        "x",
        "www.a.com",
    ),
]
LONG = [
    "*a ",
    " b*",
    "*_",
    "`",
    "``` ",
    "[",
    "[a](",
    "(",
    ")",
    "**a** ",
    "- a\n",
    "a.",
    "a@",
    "+7 ",
]
ELEMENTS = {"A", "STRONG", "EM", "CODE", "PRE", "UL", "OL", "LI", "P"}
ATTRIBUTES = {"href", "title", "target", "rel", "start"}
DRAW = """async (texts) => {
  const { html, render } = await import("/assets/vendor/preact.js");
  const { renderMarkdown } = await import("/assets/shared/markdown.js");
  return texts.map((text) => {
    const place = document.createElement("div");
    render(html`${renderMarkdown(text)}`, place);
    const all = [...place.querySelectorAll("*")];
    const links = [...place.querySelectorAll("a")];
    const nodes = [...all, place].flatMap((one) => [...one.childNodes]);
    return {
      html: place.innerHTML,
      links: links.map((one) => [one.textContent, one.getAttribute("href")]),
      elements: all.map((one) => one.tagName),
      attributes: all.flatMap((one) => one.getAttributeNames()),
      schemes: links.map((one) => one.protocol),
      other: nodes.filter((one) => ![1, 3].includes(one.nodeType)).length,
    };
  });
}"""


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page of the daemon, whose modules are there to be asked."""
    daemon = Daemon(tmp_path_factory.mktemp("texts"), {}).start()
    context = browser.new_context()
    opened = context.new_page()
    opened.set_default_timeout(60_000)
    opened.goto(f"http://{daemon.address}/r/lobby")
    yield opened
    context.close()
    assert daemon.stop() == 0, daemon.logged()


def drawn(page: Page, texts: list[str]) -> list[dict[str, Any]]:
    """What the pages make of texts."""
    found: list[dict[str, Any]] = page.evaluate(DRAW, texts)
    return found


def test_addresses_are_what_a_reader_means(page: Page) -> None:
    told = drawn(page, [text for text, _ in LINKS])
    wrong = []
    for (text, expected), one in zip(LINKS, told, strict=True):
        wanted = [[w, w] if isinstance(w, str) else list(w) for w in expected]
        if one["links"] != wanted:
            wrong.append((text, wanted, one["links"]))
    assert not wrong, wrong


def test_a_little_markdown_and_code_to_the_letter(page: Page) -> None:
    told = drawn(page, [text for text, _ in MARKS])
    wrong = [
        (text, expected, one["html"])
        for (text, expected), one in zip(MARKS, told, strict=True)
        if one["html"] != expected
    ]
    assert not wrong, wrong


def test_whatever_is_written_becomes_text_in_elements_of_ours(page: Page) -> None:
    chance = random.Random(1)
    texts = ["".join(chance.choices(HOSTILE, k=chance.randint(1, 14))) for _ in range(1_500)]
    texts += [(one * 8_000)[:8_000] for one in (*HOSTILE, *LONG)]
    for text, one in zip(texts, drawn(page, texts), strict=True):
        assert {*one["elements"]} <= ELEMENTS, text
        assert {*one["attributes"]} <= ATTRIBUTES, text
        assert {*one["schemes"]} <= {"http:", "https:", "mailto:", "tel:"}, text
        assert not one["other"], text
    assert page.evaluate("window.broken") is None


def test_a_list_shows_the_words_without_their_marks(page: Page) -> None:
    unmark = """async (texts) => {
      const { plainText } = await import("/assets/shared/markdown.js");
      return [...texts, null].map(plainText);
    }"""
    assert page.evaluate(unmark, list(SAID)) == [*SAID.values(), ""]
