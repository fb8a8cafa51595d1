"""Heads and receipts that others keep, read out of files and from witnesses' addresses (trust 4.1(7)).

What cannot be had is said, never passed over: an audit without the heads of others shows less, and must not look the same.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import httpx2

from domain.proof.auditing import notes_in
from domain.proof.notes import Note, NoteBroken
from resolvers.auditing import Outside

SECONDS: Final = 10.0
LONGEST: Final = 10_000_000


async def gather(places: Sequence[str], receipts: Iterable[Path] = ()) -> Outside:
    """Read every place: ``http(s)://`` is asked, anything else is a file or a folder of files."""
    heads: list[tuple[str, Note]] = []
    unchecked: list[str] = []
    for place in places:
        try:
            text = await _asked(place) if place.startswith(("http://", "https://")) else await _read(Path(place))
            found = [(place, note) for note in notes_in(text)]
        except (OSError, httpx2.HTTPError, UnicodeDecodeError, NoteBroken) as error:
            unchecked.append(f"{place}: {type(error).__name__}: {error}")
            continue
        if not found:
            unchecked.append(f"{place}: no head")
        heads += found
    shown: list[str] = []
    for path in receipts:
        try:
            shown.append(await asyncio.to_thread(path.read_text, "utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            unchecked.append(f"{path}: {type(error).__name__}: {error}")
    return Outside(tuple(heads), tuple(shown), tuple(unchecked))


async def _asked(address: str) -> str:
    async with httpx2.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        answer = await client.get(address)
        answer.raise_for_status()
    return answer.text[:LONGEST]


async def _read(path: Path) -> str:
    def read() -> str:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        return "\n".join(one.read_text("utf-8")[:LONGEST] for one in files if one.is_file())

    return await asyncio.to_thread(read)
