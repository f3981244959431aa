from __future__ import annotations

import pytest

from jupyter_envstore.domain.errors import Forbidden, InvalidInput, Problem, Refused


def test_message_and_hint_stay_apart():
    error = Refused("It cannot be done.", "Do something else.")
    assert str(error) == error.message == "It cannot be done."
    assert error.hint == "Do something else."


def test_forbidden_says_what_conda_stores_clients_know():
    assert Forbidden().message == "request not authorized"


@pytest.mark.parametrize(
    ("problems", "message"),
    [
        ([Problem("Wrong.")], "Wrong."),
        ([Problem("Wrong.", line=3)], "line 3: Wrong."),
        ([Problem("Wrong.", line=3), Problem("Bad."), Problem("No.")], "line 3: Wrong. (and 2"),
    ],
)
def test_the_first_of_many_problems_is_the_message(problems, message):
    error = InvalidInput(iter(problems))
    assert error.message.startswith(message)
    assert error.problems == tuple(problems)
