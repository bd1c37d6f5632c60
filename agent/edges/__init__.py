"""The outside world except the nodes, one file per neighbour; siblings do not know each other."""
