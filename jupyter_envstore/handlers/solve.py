"""Dry runs: what a specification would be built of."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress

from ..api.addition_replies import SolvedPackageReply, SolvedReply, SolveReply
from ..api.additions import Solve, SolveQuery
from ..domain.errors import InvalidInput, NotFound, Problem, Refused
from ..service.solving import Solved
from .call import Acknowledged, Call, Eventually, endpoint


@endpoint(
    "POST",
    "solve",
    action="execute",
    permission=(),
    body=Solve,
    reply=SolvedReply,
    errors=(400, 409),
)
def solve(call: Call) -> Eventually:
    """Say which packages a build would have, what it would download and what would change."""
    return _begin(call, call.body.specification, call.body.namespace, call.body.id, SolvedReply.of)


@endpoint("DELETE", "solve/{solve}", action="execute", permission=(), errors=(404,))
def cancel_solve(call: Call) -> Acknowledged:
    """End a dry run of the caller's."""
    call.services.solving.cancel(call["solve"], call.author)
    return Acknowledged(f"solve {call['solve']} canceled")


@endpoint(
    "GET",
    "specification",
    action="execute",
    permission=(),
    query=SolveQuery,
    reply=SolveReply,
    bare=True,
    errors=(400, 409),
)
def solve_match_specs(call: Call) -> Eventually:
    """Solve match specs, as conda-store's clients ask for it."""
    query = call.query
    specification = {
        "name": "solve",
        "channels": [*query.channel, *query.channels],
        "dependencies": [*query.conda, *([{"pip": query.pip}] if query.pip else [])],
    }
    try:
        return _begin(call, json.dumps(specification), None, None, _in_conda_store_s_words)
    except InvalidInput as error:
        raise InvalidInput(_without_places(error.problems)) from None


def _begin(
    call: Call,
    text: str,
    namespace: str | None,
    solve_id: str | None,
    make: Callable[[Solved], object],
) -> Eventually:
    services = call.services
    solve_id = solve_id or uuid.uuid4().hex
    namespace, specification = services.environments.specify(text, namespace, call.access)
    answer = services.solving.begin(specification, namespace, solve_id, call.author)

    def give_up() -> None:
        with suppress(NotFound):
            services.solving.cancel(solve_id, call.author)

    return Eventually(answer, make, give_up)


def _in_conda_store_s_words(solved: Solved) -> SolveReply:
    """Return the packages alone; without a solution it is an error there."""
    failure = solved.failure
    if failure is not None and failure.problems:
        raise InvalidInput(_without_places(failure.problems))
    if failure is not None or solved.solution is None:
        raise Refused(*((failure.message, failure.hint) if failure else ("There is no solution.",)))
    return SolveReply(SolvedPackageReply.all_of(solved.solution))


def _without_places(problems: Iterable[Problem]) -> list[Problem]:
    """Forget lines and columns: they are those of a text that the client has never seen."""
    return [Problem(problem.message, problem.place, problem.hint) for problem in problems]
