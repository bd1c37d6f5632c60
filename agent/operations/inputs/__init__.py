"""From the user's files to clusters, nodes and documents that are known to be right."""
