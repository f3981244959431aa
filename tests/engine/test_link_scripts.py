from __future__ import annotations

from .running import Workshop
from .tiny_channel import TinyChannel

SHOW = 'echo "$PKG_NAME $PKG_VERSION $PKG_BUILDNUM" >> "$PREFIX/order.txt"'


def test_scripts_run_in_the_final_prefix_dependencies_first(
    tiny: TinyChannel, workshop: Workshop
) -> None:
    tiny.add(
        "base",
        "1.5",
        {"bin/.base-post-link.sh": SHOW, "bin/greet": "#!/bin/sh\necho hi\n"},
        modes={"bin/greet": 0o755},
    )
    tiny.add(
        "app",
        "2.0",
        {"bin/.app-post-link.sh": f'{SHOW}\ngreet\necho "Read this" >> "$PREFIX/.messages.txt"'},
        depends=["base"],
    )
    outcome = workshop.build("app")
    assert outcome.finished
    assert (outcome.prefix / "order.txt").read_text() == "base 1.5 0\napp 2.0 0\n"
    assert "\nhi\n" in outcome.log
    assert "Message of app: Read this" in outcome.log
    assert not (outcome.prefix / ".messages.txt").exists()


def test_a_failing_script_fails_the_build(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("broken", files={"bin/.broken-post-link.sh": "echo going down; exit 3"})
    outcome = workshop.build("broken")
    assert outcome.refused.kind == "link-script"
    assert "broken 1.0" in outcome.refused.message
    assert "status 3" in outcome.refused.message
    assert "going down" in outcome.log


def test_scripts_can_be_left_alone(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("broken", files={"bin/.broken-post-link.sh": "exit 3"})
    assert workshop.build("broken", run_link_scripts=False).finished
