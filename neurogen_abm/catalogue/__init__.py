"""The parameters with their sources: data files, one folder per species."""
