"""Reads over HTTP beside peers and floors: the same questions, the same data, one server process each, in one run."""
