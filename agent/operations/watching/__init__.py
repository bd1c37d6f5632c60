"""What becomes of a check's verdicts: they are remembered, and whoever is to be told of a change is told."""
