"""What a person writes: scenarios, parameters and the catalogue, read strictly and resolved once."""
