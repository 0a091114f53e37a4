"""The command ``neurogen``, also as ``python -m neurogen_abm``; what keeps it from starting is told in a sentence."""

import sys

from neurogen_abm.errors import EnvironmentFault


def main() -> None:
    """Import the command line, which takes a while, and run it."""
    try:
        from neurogen_abm.storage.locks import require_system

        require_system()
        from neurogen_abm.cli import main as command_line
        from neurogen_abm.commands.streams import prepare_streams
    except KeyboardInterrupt:
        sys.stderr.write("neurogen: Interrupted; nothing was written.\n")
        raise SystemExit(130) from None
    except EnvironmentFault as fault:
        sys.stderr.write(f"neurogen: {fault}\n")
        raise SystemExit(fault.exit_code) from None
    prepare_streams()
    command_line()


if __name__ == "__main__":
    main()
