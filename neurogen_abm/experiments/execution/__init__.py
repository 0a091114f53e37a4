"""Many animals: jobs, the workers that run them, and the run that goes on where it stopped."""
