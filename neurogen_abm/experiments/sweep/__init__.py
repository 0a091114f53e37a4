"""Animals along axes: sweeps, their designs, and which parameter matters."""
