"""Who was new moments ago is remembered for a while, and not too many of them."""

from __future__ import annotations

from chatd.live.newcomers import KEPT_S, MOST, Newcomers


def test_they_are_known_for_a_while() -> None:
    newcomers = Newcomers()
    newcomers.came("a", "token", 100.0)
    assert newcomers.token("a", 100.0 + KEPT_S - 1) == "token"
    assert newcomers.token("a", 100.0 + KEPT_S) is None and newcomers.token("b", 100.0) is None


def test_the_oldest_are_forgotten_first_and_what_is_asked_again_is_young() -> None:
    newcomers = Newcomers()
    for number in range(MOST):
        newcomers.came(number, f"token {number}", 100.0)
    newcomers.came(0, "token 0", 101.0)
    newcomers.came("one more", "token", 102.0)
    assert newcomers.token(0, 102.0) == "token 0" and newcomers.token(1, 102.0) is None
    newcomers.came("much later", "token", 102.0 + KEPT_S)
    assert newcomers.token(0, 102.0 + KEPT_S) is None
    assert newcomers.token("much later", 102.0 + KEPT_S) == "token"
