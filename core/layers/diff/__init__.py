"""Two views compared: which paths changed, whether contents are the same, totals per folder."""
