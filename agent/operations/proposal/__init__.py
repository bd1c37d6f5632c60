"""A plan before anybody has agreed to it: made, weighed, foretold, and put into words."""
