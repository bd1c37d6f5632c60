"""A rollout that is put back: what is to be put back, how the nodes are taken over, and how that is told."""
