"""From what the nodes have to the inventory that says the same: told apart, chosen, joined, written."""
