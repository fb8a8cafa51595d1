"""Sort keys for Chinese names: pinyin with tone numbers, since the embedded PostgreSQL has no Chinese collation."""

from pypinyin import Style, lazy_pinyin


def sort_key(text: str) -> str:
    """Return a key that sorts names by their pinyin and then by the characters themselves."""
    return " ".join(lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True)) + "\x20" + text
