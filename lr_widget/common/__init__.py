"""What every folder needs and which needs none of them: checks, errors, sentences and numbers."""
