"""A plan in a file: what it is bound to, how it is kept, and how it is followed to the letter."""
