"""The program's first line: whoever presses Ctrl-C while it still loads sees no traceback, and gets the code for it."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Load the program and run it; ends by SystemExit."""
    try:
        from agent.tasks import main as run  # noqa: PLC0415 - to load takes a moment, and may be interrupted

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


if __name__ == "__main__":
    main()
