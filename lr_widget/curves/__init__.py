"""What the losses of a sweep say by themselves: their smooth line, its places, and divergence."""
