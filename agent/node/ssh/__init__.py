"""The door over SSH: one connection, one channel and one round trip per request."""
