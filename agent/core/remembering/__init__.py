"""What does this machine remember of the drift checks of a cluster, and what of that is news to somebody?"""
