"""Code to paste: the same schedule at another base rate, one framework per file."""
