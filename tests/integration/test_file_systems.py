from __future__ import annotations

import pytest

from jupyter_envstore.integration.file_systems import (
    can_hard_link,
    file_system_type,
    is_network,
)

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:25 / /home rw - nfs4 server:/home rw,vers=4.2
31 30 0:26 / /home/ann/local rw - xfs /dev/vdb rw
32 22 0:27 / /with\\040space rw - fuse.sshfs server:/ rw
33 22 0:28 / /home rw - cifs //server/home rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/envstore.db", "ext4"),
        ("/homeless", "ext4"),
        ("/home/ann/.envstore", "cifs"),
        ("/home/ann/local/store", "xfs"),
        ("/with space/x", "fuse.sshfs"),
    ],
)
def test_the_innermost_and_last_mount_decides(tmp_path, path, kind):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert file_system_type(path, mounts) == kind
    assert is_network(kind) == (kind in ("cifs", "fuse.sshfs"))


def test_it_is_unknown_where_the_kernel_does_not_tell(tmp_path):
    assert file_system_type("/", tmp_path / "none") is None
    assert not is_network(None)


def test_the_root_of_this_machine_has_a_type():
    assert file_system_type("/")


def test_a_link_is_tried_and_nothing_is_left(tmp_path):
    source, target = tmp_path / "a", tmp_path / "b"
    source.mkdir()
    assert not can_hard_link(source, target)
    target.mkdir()
    assert can_hard_link(source, target)
    assert list(source.iterdir()) == list(target.iterdir()) == []
