"""What is kept of a sweep, a pick and a trial: plain data, which compare and are saved as files."""
