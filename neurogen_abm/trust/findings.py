"""What an examination finds: a place, how bad it is, what it is, and the command that cures it."""

from typing import Final, NamedTuple

FINE: Final = "fine"
NOTE: Final = "note"  # worth knowing; nothing is wrong
WARNING: Final = "warning"  # nothing is lost, and something should be done
FAULT: Final = "fault"  # damaged, or wrong
LEVELS: Final = (FINE, NOTE, WARNING, FAULT)


class Finding(NamedTuple):
    """One thing that was looked at."""

    where: str
    level: str
    what: str
    cure: str = ""

    def sentence(self) -> str:
        """Return it as a line."""
        start = "" if self.level == FINE else f"{self.level}: "
        return f"{self.where}: {start}{' '.join(filter(None, (self.what, self.cure)))}"
