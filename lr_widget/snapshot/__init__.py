"""Everything training may disturb, captured before it and put back after it, to the last bit."""
