"""What a bot answers from: Markdown cut into passages, found by words in any form."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatd.search import knowledge
from chatd.search.knowledge import Library, Unfit
from chatd.search.markdown import passages_of

DELIVERY = """---
title: Доставка
url: https://shop.example/delivery#top
---
# Как мы возим

Заказы собираем до 16:00.

## Курьером {#courier}

Курьер привозит посылки в день заказа, стоит 300 рублей.

```
## не заголовок
```

## Pick-up & lockers!

Ёлки лежат в пунктах выдачи семь дней.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "knowledge"
    (made / "deep").mkdir(parents=True)
    (made / "delivery.md").write_text(DELIVERY, "utf-8")
    (made / "deep" / "tea.md").write_text("# Tea\n\nWe sell green teas.\n", "utf-8")
    (made / "notes.txt").write_text("курьер", "utf-8")
    return made


def titles(folder: Path, question: str) -> list[str]:
    """Of what is found."""
    found = Library().open(str(folder))
    return [one.title for one in found.find(found.words_of(question))]


def test_a_file_is_cut_at_its_headings_and_each_passage_knows_its_place() -> None:
    about, courier, lockers = passages_of("delivery.md", DELIVERY)
    assert (about.title, about.url) == ("Доставка › Как мы возим", "https://shop.example/delivery")
    assert courier.title == "Доставка › Курьером" and "## не заголовок" in courier.text
    assert courier.url == "https://shop.example/delivery#courier"
    assert lockers.url == "https://shop.example/delivery#pick-up--lockers"
    assert len({about.id, courier.id, lockers.id}) == 3


@pytest.mark.parametrize(
    "text", ["", "---\n", "---\nurl: x", "#", "\n\n\n", "# Only a heading", "```\n# open", "\ufeff"]
)
def test_what_says_nothing_has_no_passages_and_breaks_nothing(text: str) -> None:
    assert all(one.text.strip() for one in passages_of("x.md", text))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc", "http://[", "//x", "x y"])
def test_only_pages_of_the_web_are_linked(url: str) -> None:
    (only,) = passages_of("x.md", f"---\nurl: {url}\n---\ntext")
    assert (only.url, only.title) == ("", "x")


def test_long_text_is_cut_and_none_of_it_is_lost() -> None:
    text = "\n\n".join(f"{number} " + "слово " * 100 for number in range(20)) + "\n\n" + "x" * 5_000
    found = passages_of("x.md", text)
    assert max(len(one.text) for one in found) <= 1_500
    assert "".join("".join(one.text.split()) for one in found) == "".join(text.split())


def test_words_are_found_in_any_form_and_the_best_comes_first(folder: Path) -> None:
    assert titles(folder, "Сколько стоит доставка КУРЬЕРОМ?")[0] == "Доставка › Курьером"
    assert titles(folder, "где елка") == ["Доставка › Pick-up & lockers!"]
    assert titles(folder, "Is green tea sold?") == ["Tea"]
    assert titles(folder, "квантовая механика") == []
    assert titles(folder, 'tea" OR words:* NEAR(') == ["Tea"], "nothing in it means anything"


def test_a_greeting_asks_for_nothing(folder: Path) -> None:
    found = Library().open(str(folder))
    assert found.words_of("Здравствуйте! Подскажите, пожалуйста") == []
    assert found.words_of("Hello, can you help me?") == []
    assert len(found.words_of(" ".join(map(str, range(1_000))))) == 40


def test_a_folder_is_read_again_when_a_file_in_it_changed_and_only_then(folder: Path) -> None:
    library = Library()
    before = library.open(str(folder))
    assert library.refresh([str(folder)]) == [] and library.open(str(folder)) is before
    (folder / "new.md").write_text("# Coffee\n\nNo.\n", "utf-8")
    (told,) = library.refresh([str(folder)])
    assert (told.files, told.passages) == (3, 5) and titles(folder, "coffee") == ["Coffee"]
    (folder / "new.md").unlink()
    assert library.refresh([str(folder)])[0].files == 2


def test_what_is_too_much_is_refused_and_what_was_read_stays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library()
    before = library.open(str(folder))
    monkeypatch.setattr(knowledge, "MOST_FILES", 2)
    (folder / "third.md").write_text("x", "utf-8")
    (told,) = library.refresh([str(folder)])
    assert "at most 2 files" in told.why and library.open(str(folder)) is before
    monkeypatch.setattr(knowledge, "MOST_OF_ONE", 3)
    with pytest.raises(Unfit, match="at most 3 bytes"):
        Library().open(str(folder))
    with pytest.raises(Unfit, match="no such folder"):
        Library().open(str(folder / "nowhere"))
    assert library.refresh([]) == []
