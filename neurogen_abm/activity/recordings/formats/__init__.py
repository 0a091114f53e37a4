"""Readers of the files that devices and programs write, one module each; `registry` chooses among them by content."""
