"""Calculates, never reaches out: no I/O, clock, randomness, threads or logging below this door."""
