from __future__ import annotations

import errno

import pytest

from jupyter_envstore.engine.refusal import BuildRefused, disk_is_full, refuse_if_disk_fails


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
        RuntimeError("failed to link\nCaused by: No space left on device (os error 28)"),
        RuntimeError("an io error occurred: unpack failed (os error 122)"),
    ],
)
def test_a_full_disk_is_said_to_be_full(error: Exception) -> None:
    with pytest.raises(BuildRefused) as refused:
        refuse_if_disk_fails(error)
    assert refused.value.verdict.kind == "disk"
    assert refused.value.verdict.hint


@pytest.mark.parametrize(
    ("error", "words", "full"),
    [
        (OSError(errno.ENOSPC, "x"), "no space left on device", True),
        (RuntimeError("unpack failed\nCaused by: y (os error 122)"), "quota of the user", True),
        (
            OSError(errno.EROFS, "x", "/store/file"),
            "file system of /store/file became read-",
            False,
        ),
        (RuntimeError("link: Read-only file system"), "became read-only", False),
        (OSError(errno.EACCES, "x", "/store/file"), "/store/file cannot be written", False),
        (OSError(errno.EIO, "x", "/store/file"), "reported an error", False),
    ],
)
def test_each_failure_of_a_disk_has_its_own_sentence(error, words, full) -> None:
    with pytest.raises(BuildRefused) as refused:
        refuse_if_disk_fails(error)
    verdict = refused.value.verdict
    assert verdict.kind == "disk"
    assert words in verdict.message
    assert verdict.hint
    assert verdict.explanation == str(error)
    assert disk_is_full(error) == disk_is_full(refused.value) == full


def test_other_errors_are_not_about_the_disk() -> None:
    refuse_if_disk_fails(OSError(errno.ENOENT, "No such file or directory"))
    refuse_if_disk_fails(OSError("without a number"))
    refuse_if_disk_fails(RuntimeError("os error 280"))


def test_a_refusal_tells_no_credentials() -> None:
    url = "https://ann:secret@conda.example.org/team"
    verdict = BuildRefused("channel", f"{url} is gone", f"See {url}", explanation=url).verdict
    assert "secret" not in f"{verdict}"
