"""Composition: settings, start and supervision, command line, migrations. Imports everything; nothing imports it."""
