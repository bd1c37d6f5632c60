"""How quick the product is beside the floor: measured side by side in one run, never a test with a clock."""
