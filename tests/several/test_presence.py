"""Coming and going, with everybody on another node."""

from tests.test_presence import (  # noqa: F401
    artem,
    test_a_new_name_is_told_to_the_others,
    test_an_operator_who_says_hello_as_somebody_else_is_off_line,
    test_what_is_on_the_page_of_a_join_is_not_announced_as_well,
    test_who_comes_back_is_not_away_any_more,
)
