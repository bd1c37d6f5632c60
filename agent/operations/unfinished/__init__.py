"""A rollout that has not come to its good end: which one it is, and whether it may be gone on with."""
