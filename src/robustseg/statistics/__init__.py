"""Statistics of the scores: paired tests, worst cases, convergence, transfer, seeds."""
