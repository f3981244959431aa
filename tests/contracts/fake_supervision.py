"""`supervise` with `fake_worker` as the build's process, for supervisors outside of the tests.

Pickled by its name, it does there what the fixture `fake_workers` does for those inside.
"""

from __future__ import annotations

import os
from pathlib import Path

from jupyter_envstore.builder import process
from jupyter_envstore.builder.supervisor import Outcome, supervise
from jupyter_envstore.domain.order import WorkOrder
from tests.builder import fake_worker


def supervise_fake_worker(order: WorkOrder) -> Outcome:
    """Supervise; the gates are beside the store."""
    worker, real = Path(fake_worker.__file__), process.WORKER_MODULE
    os.environ["PYTHONPATH"] = str(worker.parent)
    os.environ[fake_worker.GATES] = str(Path(order.store_directory).with_name("gates"))
    process.WORKER_MODULE = worker.stem
    try:
        return supervise(order)
    finally:
        process.WORKER_MODULE = real  # A worker of the cluster does real builds, too.
