"""The verdict on whole clusters: what the standings of their nodes come to, in values, words and facts."""
