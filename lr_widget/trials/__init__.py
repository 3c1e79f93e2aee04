"""Short real training runs of several candidates, and which of them did better."""
