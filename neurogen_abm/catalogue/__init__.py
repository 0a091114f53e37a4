"""What is believed, and who said so: data files, one folder a species."""
