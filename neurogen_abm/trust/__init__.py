"""Whether a result can be believed: lived again, packed to be checked elsewhere, set beside another, examined."""
