"""Practice: recorded trainings whose truth is known, what a pick is worth, and a class's picks."""
