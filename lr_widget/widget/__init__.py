"""The picker: its traits, what it sends to the page, and what of it leaves the notebook."""
