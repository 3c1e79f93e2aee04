"""Training loops that a range test can run in, and what they need: a file for each framework."""
