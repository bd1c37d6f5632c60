"""The embedded cluster, beside the house: only the demo, the tests and the benchmarks come here."""
