"""Many animals: twins, sweeps, replayed studies, sensitivity and calibration, all of them over `run`."""
