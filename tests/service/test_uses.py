"""When builds were last used, for servers that are killed."""

from __future__ import annotations

from datetime import timedelta

from jupyter_envstore.domain.moments import utc_now
from jupyter_envstore.service.running_kernels import RunningKernel
from tests.builder.waiting import wait_for


def test_a_kernel_that_runs_is_noted_every_hour(open_bench):
    later = timedelta()
    bench = open_bench(clock=lambda: utc_now() + later, recovery_interval=0.1)
    used, unused = bench.completed(name="used"), bench.completed(name="unused")
    bench.running_kernels = (RunningKernel("k", "used", "ns", "used", used),)

    def notes() -> list[object]:
        return [bench.build(build_id).last_used_on for build_id in (used, unused)]

    def a_round_is_done() -> None:
        trash = bench.internal / "trash" / "left"
        trash.mkdir(parents=True)
        wait_for(lambda: not trash.exists(), "a round of recovery")

    for _ in range(2):
        a_round_is_done()
    assert notes() == [None, None]
    for hours in (1, 2):
        before = bench.build(used).last_used_on
        later = timedelta(hours=hours, minutes=1)
        wait_for(lambda before=before: bench.build(used).last_used_on != before)
    assert bench.build(unused).last_used_on is None
