"""``python -m lrdoctor`` is ``lrdoctor``."""

import sys


def main() -> int:
    """The command line. Returns the exit code; Ctrl-C is quiet also while its modules load."""
    try:
        from lrdoctor.cli import main as run

        return run()
    except KeyboardInterrupt:
        return 128 + 2


if __name__ == "__main__":
    sys.exit(main())
