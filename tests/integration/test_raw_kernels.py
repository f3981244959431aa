from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from jupyter_envstore.integration.raw_kernels import find_kernels, published_content

from .conftest import PYTHON, R

SCRIPT = PurePosixPath("/kernels/activate.sh")
START = ["bash", "--noprofile", "--norc", "-c", '. "$0"; exec "$@"', str(SCRIPT)]


def publish(prefix, make_build, **options):
    (raw,) = find_kernels(prefix)
    return published_content(raw, make_build(prefix), "data (bob)", SCRIPT, **options)


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (["python", "-m", "x"], ["{p}/bin/python", "-m", "x"]),
        (["python3"], ["{p}/bin/python"]),
        (["python3.12"], ["{p}/bin/python"]),
        (["here", "{connection_file}"], ["{p}/bin/here", "{connection_file}"]),
        (["Rscript"], ["Rscript"]),
        (["/usr/bin/python"], ["/usr/bin/python"]),
        (["{prefix}/lib/R/bin/R", "{other}"], ["{p}/lib/R/bin/R", "{other}"]),
        (["java", "-jar", "{resource_dir}/k.jar"],
         ["java", "-jar", "{p}/share/jupyter/kernels/it/k.jar"]),
    ],
)  # fmt: skip
def test_the_command_is_the_builds_own(argv, command, make_prefix, make_build):
    prefix = make_prefix("1", kernels={"it": {"argv": argv, "language": "x"}})
    (prefix / "bin" / "here").touch()
    expected = [word.replace("{p}", str(prefix)) for word in command]
    assert publish(prefix, make_build, windows=False)["argv"] == START + expected


def test_an_exact_python_of_the_build_is_kept(make_prefix, make_build):
    prefix = make_prefix("1", kernels={"it": {"argv": ["python3.12"], "language": "python"}})
    (prefix / "bin" / "python3.12").touch()
    assert publish(prefix, make_build)["argv"][-1] == f"{prefix}/bin/python3.12"


def test_what_the_package_says_is_kept(make_prefix, make_build):
    raw = {**PYTHON, "interrupt_mode": "message", "env": {"A": "${B}"}, "resource_dir": "/x"}
    prefix = make_prefix("1", kernels={"python3": raw})
    content = publish(prefix, make_build)
    assert content["interrupt_mode"] == "message"
    assert content["env"] == {"A": "${B}"}
    assert "resource_dir" not in content
    assert content["display_name"] == "data (bob)"
    assert content["metadata"] == {
        "debugger": True,
        "supported_encryption": ["curve"],
        "conda_env_name": "data",
        "conda_env_path": str(prefix),
        "conda_language": "Python",
        "conda_raw_kernel_name": "python3",
        "conda_is_base_environment": False,
        "conda_is_currently_running": False,
        "envstore": {
            "namespace": "bob",
            "environment": "data",
            "build_id": 1,
            "built_at": "2026-03-01T12:05:00",
            "prefix": str(prefix),
            "pinned": False,
        },
    }


def test_windows(make_prefix, make_build):
    raw = find_kernels(make_prefix("1"))[0]
    build = replace(make_build("unused"), prefix="C:\\store\\bob\\1")
    script = PureWindowsPath("C:\\kernels\\activate.bat")
    content = published_content(raw, build, "data", script, windows=True)
    assert content["argv"][:6] == [
        "cmd", "/d", "/c", "C:\\kernels\\activate.bat", "C:\\store\\bob\\1\\python.exe", "-m",
    ]  # fmt: skip


def test_python3_comes_first_and_the_rest_by_name(make_prefix):
    prefix = make_prefix("1", kernels={"z": R, "a": R, "python3": PYTHON})
    assert [raw.name for raw in find_kernels(prefix)] == ["python3", "a", "z"]
    assert find_kernels(make_prefix("2", kernels={})) == []
    assert find_kernels(prefix / "nowhere") == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "cannot be read"),
        ("[]", "no command"),
        ('{"argv": []}', "no command"),
        ('{"argv": "python"}', "no command"),
        ('{"argv": ["python", 3]}', "no command"),
        ('{"language": "python"}', "no command"),
    ],
)
def test_a_broken_kernel_is_said_and_hides_no_other(text, reason, make_prefix, caplog):
    prefix = make_prefix("1", kernels={"bad": {}, "good": R})
    path = prefix / "share" / "jupyter" / "kernels" / "bad" / "kernel.json"
    path.write_text(text)
    assert [raw.name for raw in find_kernels(prefix)] == ["good"]
    assert str(path) in caplog.text
    assert reason in caplog.text


def test_fields_of_a_wrong_type_are_no_reason_to_fail(make_prefix, make_build):
    odd = {"argv": ["x"], "language": None, "display_name": 3, "metadata": [], "env": "A=1"}
    prefix = make_prefix("1", kernels={"odd": odd})
    (raw,) = find_kernels(prefix)
    assert (raw.language, raw.display_name, raw.env) == ("", "odd", {})
    assert publish(prefix, make_build)["metadata"]["conda_language"] == ""


def test_resources_are_files_of_the_build_only(make_prefix, tmp_path):
    prefix = make_prefix("1")
    directory = prefix / "share" / "jupyter" / "kernels" / "python3"
    secret = tmp_path / "secret"
    secret.write_text("x")
    (directory / "logo-svg.svg").symlink_to(secret)
    (directory / "logo-32x32.png").symlink_to(directory / "logo-64x64.png")
    (directory / "folder").mkdir()
    (raw,) = find_kernels(prefix)
    assert [path.name for path in raw.resources] == ["logo-32x32.png", "logo-64x64.png"]


def test_a_byte_order_mark_does_no_harm(make_prefix):
    prefix = make_prefix("1")
    path = prefix / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    path.write_text(json.dumps(PYTHON), encoding="utf-8-sig")
    assert len(find_kernels(prefix)) == 1
    assert sys.getdefaultencoding() == "utf-8"
