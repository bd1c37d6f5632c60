"""The one door to a node: port (values), wire (bytes), and the adapters ssh, shell and memory."""
