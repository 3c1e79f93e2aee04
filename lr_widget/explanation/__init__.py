"""A sweep in words and marks: how it ended, what its curve shows, and where."""
