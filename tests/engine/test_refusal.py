from __future__ import annotations

import errno

import pytest

from jupyter_envstore.engine.refusal import BuildRefused, refuse_if_disk_is_full


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
        refuse_if_disk_is_full(error)
    assert refused.value.verdict.kind == "disk"
    assert refused.value.verdict.hint


def test_other_errors_are_not_about_the_disk() -> None:
    refuse_if_disk_is_full(OSError(errno.EACCES, "Permission denied"))
    refuse_if_disk_is_full(RuntimeError("os error 280"))


def test_a_refusal_tells_no_credentials() -> None:
    url = "https://ann:secret@conda.example.org/team"
    verdict = BuildRefused("channel", f"{url} is gone", f"See {url}", explanation=url).verdict
    assert "secret" not in f"{verdict}"
