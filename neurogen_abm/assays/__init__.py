"""What is read out of an animal: counts by state and stain, and the register of its cells."""
