"""A plan while it is carried out: the conductor with all that belongs to it, and what came of it."""
