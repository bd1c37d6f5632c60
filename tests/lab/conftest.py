"""What the tests of the lab share: the estate of the documented sudoers path."""

from tests.support.estate import sudo_estate

__all__ = ["sudo_estate"]
