"""One module per command of ``neurogen``; a module imports what takes long only when its command runs."""
