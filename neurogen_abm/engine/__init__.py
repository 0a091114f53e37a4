"""Arrays and loops: the cells, the tissue and the field of one animal."""
