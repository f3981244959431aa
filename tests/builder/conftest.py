from __future__ import annotations

from .archiving import archiver
from .bench import bench, fake_workers, open_bench

__all__ = ["archiver", "bench", "fake_workers", "open_bench"]
