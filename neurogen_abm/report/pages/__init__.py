"""Pages that work offline."""
