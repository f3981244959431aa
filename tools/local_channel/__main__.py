"""The command line: ``python -m tools.local_channel --out DIR [--generated] [--force]``.

Makes ``DIR/local``, a conda channel (linux-64 and noarch) of real packages: the running CPython,
the C libraries that it needs, and wheels. With ``--generated`` also ``DIR/generated``, for
benchmarks and for special cases of linking. A second run returns at once.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .interpreter import Interpreter, refusal

UNUSABLE = 2
"""Exit status if no channel can be made of the running Python, as for wrong arguments."""


def main(arguments: list[str] | None = None) -> int:
    """Run the tool and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.local_channel", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="directory of the channels")
    parser.add_argument("--generated", action="store_true", help="make the generated channel too")
    parser.add_argument("--force", action="store_true", help="make anew what is there already")
    options = parser.parse_args(arguments)
    interpreter = Interpreter.running()
    if reason := refusal(interpreter):
        print(reason, file=sys.stderr)
        return UNUSABLE
    try:
        from .making import Channel, make
        from .python_package import InterpreterNotRelocatableError
        from .wheels import ConversionError, DownloadError
    except ModuleNotFoundError as error:
        print(
            f"The module {error.name} is missing: install the project's dependency group channel, "
            "then run the tool again.",
            file=sys.stderr,
        )
        return UNUSABLE
    try:
        channels: list[Channel] = ["local", "generated"] if options.generated else ["local"]
        make(options.out.absolute(), channels, interpreter, force=options.force)
    except (DownloadError, ConversionError, InterpreterNotRelocatableError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
