"""A virtual microscope: a section of the gyrus as fluorescence would show it, beside the truth."""
