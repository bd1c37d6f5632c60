"""The bytes of the protocol: which shell script a request is, and what the answer says. Pure."""
