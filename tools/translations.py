"""The texts of the panel for translators, and their translations for JupyterLab.

A translator fills in the ``.po`` of a language, which `make generate` keeps in step with the panel;
JupyterLab reads the ``.json`` that is made of it. ``python -m tools.translations`` lists what has
not been translated yet.
"""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jupyterlab_server.translation_utils import DEFAULT_SCHEMA_SELECTORS

from jupyter_envstore import __version__

ROOT = Path(__file__).parents[1]
DOMAIN = "jupyter_envstore"
LOCALE = Path("jupyter_envstore") / "locale"
TEMPLATE = LOCALE / f"{DOMAIN}.pot"

_SELECTORS = [
    (re.compile(f"/{path}"), context) for path, context in DEFAULT_SCHEMA_SELECTORS.items()
]
_BESIDE = re.compile(
    r'^"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid-Bugs-To|Last-Translator'
    r"|Language-Team): .*\n",
    re.MULTILINE,
)
"""What a catalogue says of its making: it would be another text each time."""
_PLACEHOLDER = re.compile(r"%\d+")


@dataclass(frozen=True)
class Text:
    """One text that people read."""

    id: str
    plural: str | None = None
    context: str | None = None


def translated_files() -> dict[Path, str]:
    """Return the text of the template, and of each language's ``.po`` and ``.json``.

    Raises `subprocess.CalledProcessError` where a text of the panel is not written out.
    """
    texts = panel_texts()
    files = {TEMPLATE: _po(_catalog(texts))}
    for path in translations():
        catalog = updated(_read(path), texts)
        files[path] = _po(catalog)
        files[path.with_suffix(".json")] = as_json(catalog)
    return files


def translations() -> list[Path]:
    """Return the ``.po`` of each language, relative to the repository."""
    found = (ROOT / LOCALE).glob(f"*/LC_MESSAGES/{DOMAIN}.po")
    return sorted(path.relative_to(ROOT) for path in found)


def panel_texts() -> list[Text]:
    """Return what the panel and the editor of its settings say, each once and sorted."""
    printed = subprocess.run(
        ["node", str(ROOT / "scripts" / "messages.mjs")],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    texts = {Text(**found) for found in json.loads(printed)}
    for schema in sorted((ROOT / "schema").glob("*.json")):
        texts |= set(_schema_texts(json.loads(schema.read_text(encoding="utf-8"))))
    return sorted(texts, key=lambda text: (text.id, text.context or ""))


def _schema_texts(value: Any, path: str = "") -> Iterator[Text]:
    """Yield what Jupyter's server translates in the schema of settings, by its own rules."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _schema_texts(part, f"{path}/{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _schema_texts(part, f"{path}[{index}]")
    elif isinstance(value, str) and value:
        contexts = [context for pattern, context in _SELECTORS if pattern.fullmatch(path)]
        yield from (Text(value, context=context) for context in contexts[:1])


def _catalog(texts: list[Text], locale: str | None = None) -> Catalog:
    catalog = Catalog(
        locale,
        project=DOMAIN,
        version=__version__,
        header_comment="# Texts of jupyter_envstore.",
        fuzzy=False,
    )
    for text in texts:
        identity = text.id if text.plural is None else (text.id, text.plural)
        catalog.add(identity, context=text.context)
    return catalog


def updated(po: str, texts: list[Text]) -> Catalog:
    """Return a translation of exactly these texts; what it does not have yet is empty."""
    old = read_po(io.StringIO(po))
    catalog = _catalog(texts, str(old.locale))
    for message in catalog:
        known = old.get(_id(message), message.context)
        if message.id and known is not None and message.pluralizable == known.pluralizable:
            message.string = known.string
    return catalog


def missing(catalog: Catalog) -> list[str]:
    """Return the texts without a translation, or with other placeholders in it than their own."""
    return [_id(message) for message in catalog if message.id and not _is_translated(message)]


def _is_translated(message: Message) -> bool:
    ids, strings = _forms(message.id), _forms(message.string)
    wanted = {placeholder for text in ids for placeholder in _PLACEHOLDER.findall(text)}
    return len(strings) >= len(ids) and all(
        text and set(_PLACEHOLDER.findall(text)) == wanted for text in strings
    )


def as_json(catalog: Catalog) -> str:
    """Return a translation as JupyterLab reads it; what has none is left out."""
    texts: dict[str, Any] = {
        "": {
            "domain": DOMAIN,
            "language": str(catalog.locale).replace("_", "-"),
            "plural_forms": catalog.plural_forms,
            "version": __version__,
        }
    }
    for message in catalog:
        if message.id and _is_translated(message):
            key = f"{message.context}\x04{_id(message)}" if message.context else _id(message)
            texts[key] = _forms(message.string)
    return json.dumps(texts, indent=1, ensure_ascii=False) + "\n"


def _id(message: Message) -> str:
    return _forms(message.id)[0]


def _forms(texts: object) -> list[str]:
    """Return the singular and the plurals of a text, or the only form it has."""
    forms = texts if isinstance(texts, (list, tuple)) else [texts]
    return [str(form or "") for form in forms]


def _po(catalog: Catalog) -> str:
    """Return a catalogue as text that depends on nothing but what is in it."""
    written = io.BytesIO()
    write_po(written, catalog, no_location=True, width=-1)
    return _BESIDE.sub("", written.getvalue().decode())


def _read(path: Path) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def main() -> int:
    """Say which texts have no translation, or one with other placeholders; return how many."""
    texts = panel_texts()
    lacking = [
        (path, text) for path in translations() for text in missing(updated(_read(path), texts))
    ]
    for path, text in lacking:
        print(f"{path.parts[2]}: {text}")
    return min(len(lacking), 1)


if __name__ == "__main__":
    sys.exit(main())
