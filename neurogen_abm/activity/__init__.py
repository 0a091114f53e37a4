"""What the body does, minute by minute: programmes, generated running, replayed recordings."""
