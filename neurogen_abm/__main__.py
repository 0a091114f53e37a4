"""The command ``neurogen``, also as ``python -m neurogen_abm``; an interrupt while it starts ends it in a sentence."""

import sys


def main() -> None:
    """Import the command line, which takes a while, and run it."""
    try:
        from neurogen_abm.cli import main as command_line
    except KeyboardInterrupt:
        sys.stderr.write("neurogen: Interrupted; nothing was written.\n")
        raise SystemExit(130) from None
    command_line()


if __name__ == "__main__":
    main()
