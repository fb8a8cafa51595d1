"""The three languages of the portal: zh-Hans is written, zh-Hant is converted when rendered, en is a catalogue.

Text of the library (names, legal texts) has no English; in the English pages it stays Chinese and is marked so
with a ``lang`` attribute. For zh-Hant the finished page is converted outside tags, so that library text changes too.
"""

import gettext
import re
from functools import lru_cache
from io import BytesIO
from pathlib import Path

import opencc
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SIMPLIFIED, TRADITIONAL, ENGLISH = "zh-Hans", "zh-Hant", "en"
LANGUAGES: dict[str, str] = {SIMPLIFIED: "简体中文", TRADITIONAL: "繁體中文", ENGLISH: "English"}
LOCALE_FOLDER = Path(__file__).parent / "locale"

# A part that must stay as it is, a tag, or the text between two tags.
_PIECE = re.compile(
    r"(?P<kept><(?P<name>[a-z]+)\b[^>]*\btranslate=\"no\"[^>]*>.*?</(?P=name)>)|(?P<tag><[^>]*>)|(?P<text>[^<]+)",
    re.DOTALL,
)
# Attributes that people read or hear; values of links and fields stay as they are.
_READ_ATTRIBUTE = re.compile(r"\b((?:aria-label|title|alt|placeholder|content)=\")([^\"]*)(\")")
_HAN = re.compile(r"[\u3400-\u9fff]")


def has_han(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return _HAN.search(text) is not None


@lru_cache(maxsize=4)
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the message catalogue of a language, compiled in memory from its .po files.

    ``portal.po`` speaks for the portal; another feature may bring a file of its own, and yields where both speak.
    """
    folder = LOCALE_FOLDER / language / "LC_MESSAGES"
    sources = sorted(folder.glob("*.po"), key=lambda path: path.name == "portal.po")
    if not sources:
        return gettext.NullTranslations()
    messages = Catalog(locale=language)
    for source in sources:
        with source.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string:
                    # Babel would keep the earlier text of a message that comes again.
                    messages.delete(message.id)
                    messages[message.id] = message
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@lru_cache(maxsize=1)
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


@lru_cache(maxsize=4096)
def to_traditional(text: str) -> str:
    """Convert Simplified to Traditional characters, phrase by phrase."""
    return str(_converter().convert(text)) if _HAN.search(text) else text


def _convert_piece(piece: re.Match[str]) -> str:
    if piece["text"]:
        return to_traditional(piece["text"])
    if piece["tag"] and _HAN.search(piece["tag"]):
        return _READ_ATTRIBUTE.sub(lambda found: found[1] + to_traditional(found[2]) + found[3], piece["tag"])
    return piece[0]


def page_to_traditional(markup: str) -> str:
    """Convert what people read in a page or an SVG; tags, links, field values and ``translate="no"`` stay."""
    return _PIECE.sub(_convert_piece, markup)


def translate(language: str, text: str) -> str:
    """Translate one source text; what the catalogue does not have stays Chinese."""
    if language == TRADITIONAL:
        return to_traditional(text)
    return catalogue(language).gettext(text) if language == ENGLISH and text else text
