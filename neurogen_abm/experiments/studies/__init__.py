"""Published experiments replayed and scored."""
