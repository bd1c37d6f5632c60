"""From verdicts to a plan: which nodes, in which order, why, and what speaks against it."""
