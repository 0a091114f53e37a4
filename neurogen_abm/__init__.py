"""Adult hippocampal neurogenesis driven by muscle, simulated cell by cell."""

__version__ = "0.1.0"
