"""Runs a campaign of faults: ``python -m tests.faults --count 200``, or ``make faults``.

Each line names the fault, the victim and what became of it; a campaign or a line of it is
repeated with the `--seed` and `--only` that are printed. Ends with status 1 if a
promise was broken.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from .campaign import campaign
from .runner import Result, Runner

_JOBS = 3


def main() -> int:
    """Run what the command line asks for; return the status."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many faults (200)")
    parser.add_argument("--seed", type=int, help="repeat the campaign with this seed")
    parser.add_argument("--only", help="only these numbers of it: 17 or 3,17")
    parser.add_argument("--scenario", help="only those of this scenario")
    parser.add_argument("--jobs", type=int, default=_JOBS, help=f"at the same time ({_JOBS})")
    parser.add_argument("--list", action="store_true", help="only say which faults there are")
    chosen = parser.parse_args()
    seed = random.randrange(1_000_000) if chosen.seed is None else chosen.seed
    directory = Path(tempfile.mkdtemp(prefix="envstore-faults-"))
    runner = Runner(directory)
    print(f"seed={seed}; what goes wrong is kept in {directory}", flush=True)
    cases = dict(enumerate(campaign(seed, chosen.count, runner.scout), start=1))
    if chosen.only:
        cases = {int(number): cases[int(number)] for number in chosen.only.split(",")}
    if chosen.scenario:
        cases = {n: case for n, case in cases.items() if case.scenario == chosen.scenario}
    if chosen.list:
        for number, case in cases.items():
            print(f"#{number:03} {case.kind}: {case}")
        return 0
    results: dict[int, Result] = {}
    with ThreadPoolExecutor(chosen.jobs) as pool:
        futures = {pool.submit(runner.run, case, f"{n}"): n for n, case in cases.items()}
        for future in as_completed(futures):
            number = futures[future]
            results[number] = result = future.result()
            print(_line(number, seed, result), flush=True)
    status = _summary(seed, chosen.count, results)
    if status == 0:
        shutil.rmtree(directory)
    return status


def _line(number: int, seed: int, result: Result) -> str:
    came = (
        f"VIOLATION: {result.problem}" if result.problem else f"{result.outcome}; invariants hold"
    )
    version = result.case.settings.get("build_key_version")
    return (
        f"#{number:03} seed={seed} v{version} {result.case.scenario}: {result.case}"
        f" -> {came} ({result.seconds:.1f} s)"
    )


def _summary(seed: int, count: int, results: dict[int, Result]) -> int:
    kinds = Counter(result.case.kind for result in results.values())
    broken = sorted(number for number, result in results.items() if result.problem)
    print("\nFaults injected, by scenario and victim:")
    for kind, number in sorted(kinds.items()):
        print(f"  {number:4}  {kind}")
    print(f"{len(results)} faults injected, {len(broken)} promises broken, seed={seed}")
    if broken:
        only = ",".join(map(str, broken))
        print(f"Again: python -m tests.faults --seed {seed} --count {count} --only {only}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
