"""Training loops that a range test can run in, and what they share; a framework has a folder."""
