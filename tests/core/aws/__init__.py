"""Tests of what AWS calls its regions and hosts."""
