"""Bringing a backup back out of the bucket, step by step."""
