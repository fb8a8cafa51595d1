"""The newest revision of the schema in this release, read off the files: a web process need not load Alembic for it."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

VERSIONS: Final = Path(__file__).parent / "migrations" / "versions"
_OWN: Final = re.compile(r'^revision = "([^"]+)"', re.MULTILINE)
_BEFORE: Final = re.compile(r'^down_revision = "([^"]+)"', re.MULTILINE)


@lru_cache
def head(folder: Path = VERSIONS) -> str:
    """Return the one revision that no other follows; empty when there is none. Raises ``ValueError`` for several."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    followed = {found[1] for text in texts if (found := _BEFORE.search(text))}
    heads = [found[1] for text in texts if (found := _OWN.search(text)) and found[1] not in followed]
    if len(heads) > 1:
        raise ValueError(f"several revisions come last: {', '.join(heads)}")
    return heads[0] if heads else ""
