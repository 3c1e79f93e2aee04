"""What tests share: curves, models, loops with their data, and a browser."""
