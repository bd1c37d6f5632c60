"""From what other tools were told to the inventory that says the same: what they would have written."""
