"""Who holds which nodes, by what is seen there and known here; and how a node is freed."""
