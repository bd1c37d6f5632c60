"""The doors to the nodes, what is seen through them, and the verdicts on it as rows and lines."""
