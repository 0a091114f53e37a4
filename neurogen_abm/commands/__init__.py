"""The longer commands of ``neurogen``, one a module; like `cli`, they hold no logic."""
