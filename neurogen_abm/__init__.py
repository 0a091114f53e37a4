"""Adult hippocampal neurogenesis driven by muscle, simulated cell by cell."""
