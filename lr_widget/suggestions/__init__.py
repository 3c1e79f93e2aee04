"""From a curve to learning rates: the rules, which of them counts, and what to be warned of."""
