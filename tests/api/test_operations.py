"""Routing: one row per endpoint, both slash forms, whole numbers for ids."""

from __future__ import annotations

import pytest

from jupyter_envstore import extension
from jupyter_envstore.api.operations import ROOTS, Operation, Router
from jupyter_envstore.handlers.endpoints import ROUTER


def operation(method: str, path: str) -> Operation:
    return Operation(method, path, "A summary.", "read", run=lambda call: None)


SMALL = Router(
    [
        operation("GET", ""),
        operation("GET", "build/{build_id}"),
        operation("PUT", "build/{build_id}/cancel"),
        operation("GET", "environment/{namespace}/{name}"),
        operation("DELETE", "environment/{namespace}/{name}"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "found", "parameters"),
    [
        ("GET", "", "", {}),
        ("GET", "/", "", {}),
        ("GET", "build/12", "build/{build_id}", {"build_id": 12}),
        ("GET", "build/12/", "build/{build_id}", {"build_id": 12}),
        ("PUT", "build/12/cancel/", "build/{build_id}/cancel", {"build_id": 12}),
        (
            "DELETE",
            "environment/a.b/x+y~1/",
            "environment/{namespace}/{name}",
            {"namespace": "a.b", "name": "x+y~1"},
        ),
    ],
)
def test_a_path_leads_to_its_operation(method, path, found, parameters):
    operation, values, known = SMALL.find(method, path)
    assert operation.path == found
    assert operation.method == method
    assert values == parameters
    assert known


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("POST", "build/12", True),
        ("GET", "build/twelve", False),
        ("GET", f"build/{2**63}", False),
        ("GET", "build/12/13", False),
        ("GET", "environment/a", False),
        ("GET", "environment/a/b/c", False),
        ("GET", "buildx/12", False),
    ],
)
def test_a_path_that_leads_nowhere_tells_whether_only_the_method_is_wrong(method, path, known):
    assert SMALL.find(method, path) == (None, {}, known)


def test_every_root_has_a_handler():
    assert extension._ROOTS == ROOTS


def test_no_two_operations_answer_the_same_request():
    rows = [(op.method, op.root, op.pattern.pattern) for op in ROUTER.operations]
    assert len(set(rows)) == len(rows)
    for op in ROUTER.operations:
        example = op.path.format(**dict.fromkeys(op.parameters, "1"))
        assert ROUTER.find(op.method, example, op.root)[0] is op


def test_every_operation_says_what_it_does_and_what_it_answers():
    names = [op.name for op in ROUTER.operations]
    assert len(set(names)) == len(names)
    for op in ROUTER.operations:
        assert op.summary.endswith("."), op.name
        assert op.action in ("read", "write", "execute"), op.name
        # What reads has something to say; what only acknowledges, changes something.
        assert op.reply is not None or op.method != "GET", op.name
