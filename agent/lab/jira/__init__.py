"""A stand-in for one Jira node: what the vendor's pages say of start, status and stop, and nothing more.

It is honest about what it is (log, Server header) and judges filestore-config.xml on its own, without the product's
validator: a second opinion, not an echo. Standard library only, so that a start costs an interpreter and no more.
"""
