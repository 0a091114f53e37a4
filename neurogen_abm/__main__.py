"""``python -m neurogen_abm`` is ``neurogen``."""

from neurogen_abm.cli import main

main()
