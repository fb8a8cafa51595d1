"""Reads: guarded, keyset-paged, one statement for each list."""
