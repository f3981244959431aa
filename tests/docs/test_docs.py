"""The documentation names what there is, and nothing that there is not."""

from __future__ import annotations

import ast
import dataclasses
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from jupyter_envstore.config import EnvStore
from jupyter_envstore.domain import events
from jupyter_envstore.domain.errors import EnvStoreError, Problem
from jupyter_envstore.domain.path_lengths import PathTooLong
from jupyter_envstore.handlers.decoding import status_of
from jupyter_envstore.handlers.endpoints import ROUTER
from tools.modules_table import FLOORS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "jupyter_envstore"
DOCS = ROOT / "docs"
REFERENCE = DOCS / "reference"

PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DECISIONS = sorted((DOCS / "adr").glob("*.md"))
MODULES = sorted(PACKAGE.rglob("*.py"))

HEADING = re.compile(r"^(#+) +(.+?) *$", re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose_of(path: Path) -> str:
    """Return a page without its blocks of code."""
    return FENCE.sub("", text_of(path))


def section(page: Path, heading: str) -> str:
    """Return what is below a heading, up to the next one of its level or above."""
    text = text_of(page)
    found = [m for m in HEADING.finditer(text) if m[2] == heading]
    assert found, f"{name_of(page)} has no section {heading}"
    level, start = len(found[0][1]), found[0].end()
    following = (m.start() for m in HEADING.finditer(text, start) if len(m[1]) <= level)
    return text[start : next(following, len(text))]


def cells(text: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the tables in a text, headings included."""
    for line in text.splitlines():
        if line.startswith("|") and not line.startswith("|---"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def documented(text: str) -> set[str]:
    """Return what stands as code in the first column of the tables in a text."""
    return {code for row in cells(text) for code in CODE.findall(row[0])}


# -- settings, endpoints, commands ------------------------------------------------------------


def test_every_trait_is_documented_and_nothing_else():
    traits = set(EnvStore.class_own_traits(config=True))
    headings = {m[2].strip("`") for m in HEADING.finditer(text_of(REFERENCE / "settings.md"))}
    assert headings - {"Settings"} == traits


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_traits_that_pages_name_exist(page):
    named = set(re.findall(r"\bEnvStore\.([a-z]\w*)", text_of(page)))
    assert named <= set(EnvStore.class_own_traits(config=True))


def test_readme_has_the_defaults_of_the_settings():
    traits = EnvStore.class_own_traits(config=True)
    rows = {row[0].strip("`"): row[1] for row in cells(section(ROOT / "README.md", "Configure"))}
    rows.pop("setting")
    shown = {name: text.strip("`") for name, text in rows.items()}
    for name, text in shown.items():
        value = traits[name].default()
        if isinstance(value, list):
            assert json.loads(text) == value
        elif text.endswith("GiB"):
            assert int(text.removesuffix("GiB")) << 30 == value
        else:
            assert text == str(value)


def test_every_endpoint_is_documented_and_nothing_else():
    rows = list(cells(section(REFERENCE / "rest-api.md", "Endpoints")))[1:]
    listed = {(row[0], CODE.findall(row[1])[0]) for row in rows}
    assert listed == {(operation.method, operation.address) for operation in ROUTER.operations}


def test_every_command_is_documented_and_nothing_else():
    declared = set(re.findall(r"'(envstore:[\w-]+)'", text_of(ROOT / "src" / "commandIds.ts")))
    assert declared
    assert documented(section(REFERENCE / "commands.md", "Commands")) == declared


def test_labels_of_commands_are_those_of_the_panel():
    sources = "".join(text_of(path) for path in (ROOT / "src" / "plugins").glob("*.ts"))
    labels = set(re.findall(r"trans\.__\('([^']+)'\)", sources))
    rows = list(cells(section(REFERENCE / "commands.md", "Commands")))[1:]
    assert {row[1] for row in rows} <= labels


def test_every_setting_of_the_panel_is_documented_with_its_default():
    schema = json.loads(text_of(ROOT / "schema" / "plugin.json"))
    rows = list(cells(section(REFERENCE / "commands.md", "Settings")))[1:]
    listed = {row[0].strip("`"): (row[1], row[2].strip("`")) for row in rows}
    declared = {
        name: (entry["type"], "empty" if entry["default"] == "" else json.dumps(entry["default"]))
        for name, entry in schema["properties"].items()
    }
    assert listed == declared


# -- events ------------------------------------------------------------


def test_every_field_of_the_store_s_event_is_documented():
    schema = YAML(typ="safe").load(PACKAGE / "event_schemas" / "store_v1.yaml")
    text = section(REFERENCE / "events.md", "What happens in the store").split("### ")[0]
    assert schema["$id"] in text
    fields, kinds = set(schema["properties"]), set(schema["properties"]["kind"]["enum"])
    assert documented(text) == fields | kinds


@pytest.mark.parametrize("event", events.WORKER_EVENTS, ids=lambda event: event.type)
def test_every_field_of_a_build_s_event_is_documented(event):
    text = section(REFERENCE / "events.md", f"`{event.type}`")
    assert documented(text) == {field.name for field in dataclasses.fields(event)}


def test_no_event_is_documented_that_does_not_exist():
    text = section(REFERENCE / "events.md", "What the process of a build says")
    headings = {m[2].strip("`") for m in HEADING.finditer(text)}
    assert headings == {event.type for event in events.WORKER_EVENTS}


# -- errors ------------------------------------------------------------


def error_classes(base: type[EnvStoreError]) -> set[type[EnvStoreError]]:
    return {base, *(found for kind in base.__subclasses__() for found in error_classes(kind))}


def test_every_error_is_documented_with_its_status():
    rows = cells(section(REFERENCE / "errors.md", "Replies of the API"))
    listed = {row[0].strip("`"): row[1] for row in rows if row[0].startswith("`")}
    classes = {kind for kind in error_classes(EnvStoreError) if kind is not EnvStoreError}
    assert PathTooLong in classes
    statuses = {kind.__name__: str(int(status_of(kind.__new__(kind)))) for kind in classes}
    assert listed == statuses


def test_every_field_of_a_problem_is_documented():
    text = section(REFERENCE / "errors.md", "Problems")
    assert documented(text) == {field.name for field in dataclasses.fields(Problem)}


def refuses_a_build(call: ast.Call, path: Path) -> bool:
    called = ast.unparse(call.func)
    if called == "Refused":  # In other places it is the error of that name, which has no kind.
        return path.parent.name in ("builder", "engine")
    return called in ("BuildRefused", "RefusedBuild", "Failure", "events.Refused")


def kinds_in_the_code() -> set[str]:
    """Return the kinds of failure that are named where a build is refused."""
    return {
        part.value
        for path in MODULES
        for call in ast.walk(ast.parse(text_of(path)))
        if isinstance(call, ast.Call) and call.args and refuses_a_build(call, path)
        for part in ast.walk(call.args[0])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }


def test_every_kind_of_failure_is_documented():
    said = " ".join((events.Refused.__doc__ or "").split())
    promised = re.search(r"`kind` is one of: ([^.]+)\.", said)
    assert promised is not None
    kinds = set(promised[1].split(", "))
    assert documented(section(REFERENCE / "errors.md", "Why a build fails")) == kinds
    assert kinds_in_the_code() == kinds


# -- the house ------------------------------------------------------------


def test_every_floor_of_the_package_is_in_the_list_of_modules():
    floors = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in MODULES}
    assert floors - {"__init__"} == set(FLOORS)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_source_files_that_pages_name_exist(page):
    named = {code for code in CODE.findall(prose_of(page)) if re.fullmatch(r"[\w/]+\.py", code)}
    known = {"jupyter_server_config.py"}
    missing = {
        code for code in named - known if not ((ROOT / code).exists() or (PACKAGE / code).exists())
    }
    assert not missing


# -- Markdown ------------------------------------------------------------


def anchors(path: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = (m[2].replace("`", "") for m in HEADING.finditer(prose_of(path)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_are_pages():
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/index.md"} <= {
        name_of(page) for page in PAGES
    }


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_internal_links_resolve(page):
    broken = []
    for target in LINK.findall(prose_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert not broken


def test_every_page_of_docs_is_reached_from_the_index():
    seen: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        targets = (target.partition("#")[0] for target in LINK.findall(prose_of(page)))
        waiting += [(page.parent / target).resolve() for target in targets if target]
    assert {page for page in PAGES if page.is_relative_to(DOCS)} <= seen


# -- decisions ------------------------------------------------------------


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)
def test_a_decision_has_nygard_s_five_headings(page):
    number = re.match(r"(\d{4})-[a-z0-9-]+\.md", page.name)
    assert number
    levels = [(len(m[1]), m[2]) for m in HEADING.finditer(prose_of(page))]
    assert levels[0][0] == 1
    assert re.match(rf"{int(number[1])}\. \S", levels[0][1])
    assert levels[1:] == [(2, "Status"), (2, "Context"), (2, "Decision"), (2, "Consequences")]


def test_no_two_decisions_have_one_number():
    numbers = [int(page.name[:4]) for page in DECISIONS]
    assert numbers == sorted(set(numbers))
    assert numbers


def test_the_changelog_has_the_version_of_the_package():
    version = json.loads(text_of(ROOT / "package.json"))["version"]
    headings = [m[2] for m in HEADING.finditer(text_of(ROOT / "CHANGELOG.md")) if len(m[1]) == 2]
    assert any(heading.startswith(f"[{version}] - ") for heading in headings)
