"""Tests of the neighbours: files, terminals, clocks."""
