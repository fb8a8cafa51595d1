"""The press as the settings say: the fonts that come with the program, those of the operator, the address of the site."""

from functools import lru_cache
from pathlib import Path
from typing import Final

from deploy.settings import Settings
from resolvers.press import Press

FONTS: Final = Path(__file__).parent / "fonts"


def press(settings: Settings) -> Press:
    """Return the press; fonts are read when the first document is made."""
    return _press(tuple(Path(one).absolute() for one in settings.font_folders), settings.site)


@lru_cache(maxsize=8)
def _press(folders: tuple[Path, ...], site: str) -> Press:
    return Press((FONTS, *folders), site)
