"""What is foretold of the queue is what comes, as long as nobody asks for more."""

from __future__ import annotations

import tempfile

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_envstore.domain.turns import Waiting, order_of_turns
from jupyter_envstore.store.queue import read_queue

from .test_fairness import Queue

_STEPS = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from(["ada", "bob", None]), st.sampled_from("abc")),
    st.tuples(st.sampled_from(["claim", "lose", "cancel"])),
)


@given(st.lists(_STEPS, max_size=30))
@settings(max_examples=40, deadline=None)
def test_the_builds_begin_in_the_order_that_was_foretold(steps):
    with tempfile.TemporaryDirectory() as directory:
        queue = Queue(directory)
        for step, *arguments in steps:
            getattr(queue, step)(*arguments)
        foretold = order_of_turns(*read_queue(queue.database.read()), limit=100)
        assert sorted(foretold) == sorted(queue.waiting)
        begun = [queue.builds.claim("server", queue.clock()).id for _ in foretold]
        assert begun == foretold
        queue.database.close()


def test_no_more_is_foretold_than_asked_for():
    waiting = [Waiting(number, ("ada", number % 7), begun=False) for number in range(1, 100)]
    assert order_of_turns(waiting, {}, limit=3) == [1, 2, 3]
