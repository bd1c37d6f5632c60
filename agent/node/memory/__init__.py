"""A node as a value, with faults: for rehearsals, the simulator and the contract."""
