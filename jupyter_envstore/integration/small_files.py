"""Small text files of builds, read up to a limit: others than this store may have made them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

MOST_BYTES = 1 << 20

# A FIFO in place of a file would keep whoever opens it.
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_small_text(path: Path) -> str:
    """Return the text of a file, UTF-8 with or without a mark of the byte order.

    Raises OSError, also if it is no file or has more than `MOST_BYTES`, and ValueError.
    """
    descriptor = os.open(path, _OPEN)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(f"{path} is no file")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise OSError(f"{path} has more than {MOST_BYTES} bytes")
    return data.decode("utf-8-sig")
