"""One run of training, whoever owns the loop: which rate comes next, and what came of it."""
