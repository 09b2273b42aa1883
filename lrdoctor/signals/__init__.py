"""Series to series or figure: one statistic per file. Causal, arrays only."""
