"""Tests: a folder for each of the package's, `browser/` in a real one, `support/` for all."""
