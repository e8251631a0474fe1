"""What is said where only words are shown: pages and terminal agree."""

from __future__ import annotations

SAID = {
    "Склад **ждёт**, `код <b>`, [почта](mailto:a@b.example)": "Склад ждёт, код <b>, почта",
    "Так:\n- чай\n- кофе": "Так: чай кофе",
    "1. раз\n2) два": "раз два",
    "```\na * b\n```\nвот": "a * b вот",
    "```py\nx = **1**\n```": "x = **1**",
    "2 * 3 * 4": "2 * 3 * 4",
    "***оба*** и **a *b* c**": "оба и a b c",
    "snake_case_name, __init__, f**k": "snake_case_name, __init__, f**k",
    "«*да*» (_нет_)!": "«да» (нет)!",
    "** a ** и **": "** a ** и **",
    "[сюда](javascript:alert(1))": "[сюда](javascript:alert(1))",
    "**не до конца": "**не до конца",
    # Cut where the daemon cuts what it tells of a message.
    "**важно: ".ljust(120, "а"): "важно: ".ljust(118, "а"),
    "смотри `x = ".ljust(140, "1"): "смотри x = ".ljust(139, "1"),
    "a ```\nb".ljust(200, "c"): "a b".ljust(196, "c"),
    "**важно: ".ljust(121, "а"): "**важно: ".ljust(121, "а"),
    "": "",
}
