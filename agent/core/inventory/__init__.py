"""What the user declares: the model of format 1, the grammar of its words, and what follows from it for each node."""
