from __future__ import annotations

from tests.builder.bench import bench, fake_workers, open_bench

__all__ = ["bench", "fake_workers", "open_bench"]
