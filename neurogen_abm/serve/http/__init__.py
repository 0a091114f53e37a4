"""The server: routes, what is asked of it, and what it refuses."""
