"""Keeps every node of a Jira Data Center cluster on the same, valid filestore-config.xml."""

__version__ = "0.1.0"
