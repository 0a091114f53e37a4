"""What is written to disk: whole or not at all, and read back only when it is whole."""
