"""The verdict on whole clusters."""
