"""The next experiment, planned: how many animals, on which day, in how many sections, and between which pathways."""
