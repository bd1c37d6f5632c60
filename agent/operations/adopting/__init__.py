"""Where an adoption begins, what proves that it reproduces the nodes, and how it is told."""
