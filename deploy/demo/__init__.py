"""The demo city: TOML data files and the pure reader that expands them into validated values."""
