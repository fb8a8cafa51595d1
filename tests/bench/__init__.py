"""The benchmark: ``python -m tests.bench`` measures import, search, lists, pages and start-up beside floors and peers."""
