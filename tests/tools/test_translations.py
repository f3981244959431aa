"""Every text of the panel can be translated; German is complete, and JupyterLab finds it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from jupyterlab_server.translation_utils import get_language_pack

from tools import generate, translations
from tools.translations import DOMAIN, Text

GERMAN = translations.LOCALE / "de_DE" / "LC_MESSAGES" / f"{DOMAIN}.po"


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    return translations.panel_texts()


def read(path: Path) -> str:
    return (translations.ROOT / path).read_text(encoding="utf-8")


def test_the_texts_of_commands_components_and_settings_are_found(texts):
    assert Text("New Environment") in texts
    assert Text("%1 build is known again.", "%1 builds are known again.") in texts
    assert Text("Open on startup", context="settings") in texts
    assert Text("The store of conda environments.", context="schema") in texts


def test_german_is_complete_and_has_the_placeholders_of_the_texts(texts):
    assert GERMAN in translations.translations()
    assert translations.missing(translations.updated(read(GERMAN), texts)) == []


def test_what_is_generated_is_what_translators_wrote(texts):
    catalog = translations.updated(read(GERMAN), texts)
    assert read(GERMAN.with_suffix(".json")) == translations.as_json(catalog)
    assert set(translations.translated_files()) <= set(generate.generated())


def test_jupyterlab_finds_it_beside_a_language_pack():
    pack, message = get_language_pack("de_DE")
    assert message == ""
    assert pack[DOMAIN]["New Environment"] == ["Neue Umgebung"]
    assert pack[DOMAIN]["%1 build is known again."] == [
        "%1 Build ist wieder bekannt.",
        "%1 Builds sind wieder bekannt.",
    ]
    assert pack[DOMAIN] == json.loads(read(GERMAN.with_suffix(".json")))


@pytest.mark.parametrize(
    ("string", "plural", "lacks"),
    [
        ("%1 von %2", None, False),
        ("%2 von %1", None, False),
        ("", None, True),
        ("%1", None, True),
        ("%1 von %2 und %3", None, True),
        (("%1 von %2", "%1 von %2"), "%1 of %2", False),
        (("%1 von %2", ""), "%1 of %2", True),
        (("%1 von %2", "%1"), "%1 of %2", True),
    ],
)
def test_a_translation_without_the_placeholders_is_none(string, plural, lacks):
    text = Text("%1 of %2", plural)
    catalog = translations.updated('msgid ""\nmsgstr "Language: de_DE\\n"\n', [text])
    (message,) = (message for message in catalog if message.id)
    assert translations.missing(catalog) == [text.id]
    message.string = string
    assert translations.missing(catalog) == ([text.id] if lacks else [])
    assert (text.id in json.loads(translations.as_json(catalog))) is not lacks


def test_what_was_translated_stays_when_texts_come_and_go():
    po = 'msgid ""\nmsgstr "Language: de_DE\\n"\n\nmsgid "a"\nmsgstr "A"\n\nmsgid "b"\nmsgstr "B"\n'
    catalog = translations.updated(po, [Text("b"), Text("c"), Text("a", context="settings")])
    found = {
        (message.context, message.id): message.string or "" for message in catalog if message.id
    }
    assert found == {(None, "b"): "B", (None, "c"): "", ("settings", "a"): ""}


@pytest.mark.parametrize("call", ["trans.__(name)", "trans.__('a' + name)", "trans._n('a', b, 2)"])
def test_a_text_that_is_put_together_is_refused_with_its_line(tmp_path, call):
    (tmp_path / "panel.tsx").write_text(f"const a = 1;\nconst b = <p>{{{call}}}</p>;\n")
    script = translations.ROOT / "scripts" / "messages.mjs"
    done = subprocess.run(["node", script, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "panel.tsx:2: what is translated has to be written out." in done.stderr
