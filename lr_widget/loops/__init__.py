"""Adapters that let the range test drive one kind of training loop each."""
