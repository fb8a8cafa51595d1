"""Addresses of the database, as each driver wants them written."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def plain_url(url: str) -> str:
    """Return the URL in libpq form, whatever driver suffix it carries."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="postgresql"))


def sqlalchemy_url(url: str) -> str:
    """Return the URL for SQLAlchemy's asyncpg dialect; libpq-only options are dropped."""
    parts = urlsplit(url)
    kept = [(key, value) for key, value in parse_qsl(parts.query) if key in {"host", "port", "ssl"}]
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg", query=urlencode(kept)))
