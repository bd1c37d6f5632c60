"""What an observation means: on disk, in force, running; and the standing of each node among the others."""
