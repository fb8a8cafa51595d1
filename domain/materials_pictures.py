"""How large a picture says it is, by its first bytes: whoever shows it must be able to hold it."""

import struct
from typing import Final

MOST_PIXELS: Final = 200_000_000
"""A page of A3 scanned with 1,200 dots an inch has 279 million; with 900, 157. Beyond that no browser shows it safely."""

_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


def pixels(kind: str, head: bytes) -> int | None:
    """Return width times height of a PNG, JPEG or WebP; None where the first bytes do not tell."""
    readers = {"png": _png, "jpeg": _jpeg, "webp": _webp}
    try:
        size = readers[kind](head) if kind in readers else None
    except (struct.error, IndexError):
        return None
    return size[0] * size[1] if size else None


def _png(head: bytes) -> tuple[int, int] | None:
    if head[8:16] != b"\0\0\0\rIHDR":
        return None
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _jpeg(head: bytes) -> tuple[int, int] | None:
    at = 2
    while at < len(head) - 9:
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        else:
            at += 2 + struct.unpack_from(">H", head, at + 2)[0]
    return None


def _webp(head: bytes) -> tuple[int, int] | None:
    form = head[12:16]
    if form == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if form == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if form == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
