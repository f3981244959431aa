"""Requests that nobody would think of, made from the OpenAPI document, to a server that runs.

A real store answers, with builds of each fate. No reply is a mistake of the server, and each is one
that the document promises: by status, content type and form. ``ENVSTORE_API_SEED`` makes another
run, ``ENVSTORE_API_EXAMPLES`` a longer one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import schemathesis
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from jupyter_envstore import __version__
from jupyter_envstore.api.openapi import openapi_document
from jupyter_envstore.handlers.endpoints import ROUTER
from tests.builder.waiting import wait_for
from tests.journeys.server_process import TOKEN, ServerProcess, running

SEED = int(os.environ.get("ENVSTORE_API_SEED", "20261120"))
EXAMPLES = int(os.environ.get("ENVSTORE_API_EXAMPLES", "5"))

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]

NAMES = ["kept", "fails", "doomed"]
"""The environments of the store, each with a build."""

ARCHIVES = [op.name for op in ROUTER.operations if re.match("build_(archive|installer)", op.name)]
SLOW = [*ARCHIVES, "solve", "solve_match_specs"]
"""What begins a process with each request gets fewer of them."""

ONLY_ACKNOWLEDGED = ("/pin/", "/annotations/")
"""Paths with which nothing is removed or renamed, whatever the method."""


def documented(*, boundaries: bool) -> BaseSchema:
    """Return what the document says; with `boundaries`, every bound of every value is tried."""
    schema = schemathesis.openapi.from_dict(openapi_document(ROUTER.operations, __version__))
    schema.config.generation.update(max_examples=EXAMPLES, with_security_parameters=False)
    schema.config.phases.coverage.enabled = boundaries
    schema.hook(map_path_parameters)
    return schema


def map_path_parameters(context, path_parameters):
    """Let three of four requests be about something that there is.

    What removes or renames is pointed at what others do not need.
    """
    operation = context.operation
    gentle = operation.method == "get" or operation.path.endswith(ONLY_ACKNOWLEDGED)
    found = dict(path_parameters or {})
    for name, value in found.items():
        kind = sum(str(value).encode()) % 4
        if kind == 3:
            continue
        if name.endswith("_id"):
            found[name] = kind + 1
        elif name == "name":
            found[name] = NAMES[kind] if gentle else "doomed"
        elif name == "namespace" and not is_end_of_namespace(operation):
            found[name] = "ns"
    return found


def is_end_of_namespace(operation) -> bool:
    return operation.method == "delete" and operation.path.endswith("/namespace/{namespace}/")


QUICKLY = documented(boundaries=True).exclude(operation_id=SLOW)
SLOWLY = documented(boundaries=False).include(operation_id=SLOW)

SETTINGS = hypothesis.settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, local_channel: str) -> Iterator[str]:
    """The address of a server whose store has a build that is COMPLETED and one that FAILED."""
    home: Path = tmp_path_factory.mktemp("h") / "h"
    print(f"The seed is {SEED}: ENVSTORE_API_SEED={SEED} repeats this run.")
    traits = {
        "store_directory": str(home / "s"),
        "repodata_cache_directory": str(home / "r"),
        "storage_threshold": 0,
    }
    with running(home, **traits) as process:
        for name, package in zip(NAMES, ["python", "no-such-package", "tzdata"], strict=True):
            build_id = process.submit(package, channels=(local_channel,), name=name)
            wait_for(lambda n=build_id: ended(process, n), f"build {build_id} ends", 60)
        yield process.address
        process.request("GET", "")


def ended(process: ServerProcess, build_id: int) -> bool:
    return process.build(build_id)["status"] in ("COMPLETED", "FAILED")


@QUICKLY.parametrize()
@hypothesis.seed(SEED)
@SETTINGS
def test_every_reply_is_one_that_the_document_promises(case, server):
    check(case, server)


@SLOWLY.parametrize()
@hypothesis.seed(SEED)
@SETTINGS
def test_every_reply_of_what_takes_its_time_is_promised_too(case, server):
    check(case, server)


def check(case: schemathesis.Case, server: str) -> None:
    case.call_and_validate(
        base_url=f"{server}envstore",
        headers={"Authorization": f"token {TOKEN}"},
        checks=CHECKS,
        timeout=60,
    )
