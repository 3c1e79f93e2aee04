"""What runs around us, a notebook or a script: output, cells and interrupts."""
