"""What runs around us, a notebook's kernel or a script: output, cells and interrupts."""
