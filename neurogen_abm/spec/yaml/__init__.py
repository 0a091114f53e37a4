"""YAML as people write it: read with its places, written back."""
