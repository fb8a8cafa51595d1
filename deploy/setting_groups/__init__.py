"""The settings by what they are about: a new one goes into the group it belongs to."""
