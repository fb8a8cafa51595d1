"""Peers are installed into a folder of the bench's own, from the registries, and are never a dependency."""

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

SECONDS: Final = 240.0
POSTGRAPHILE: Final = "5.1.5"
NODE: Final = "24"
"""PostGraphile 5.1 needs Node 22 or newer; the npm package ``node`` carries one."""


class Absent(RuntimeError):
    """A peer cannot be measured here; the message says why, for the report."""


def folder() -> Path:
    """Return where peers are kept between runs: BENCH_PEERS, else the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("BENCH_PEERS") or Path(cache) / "yangguang-bench")


async def postgraphile(*, fetch: bool) -> Path:
    """Return the folder of PostGraphile, installing it if ``fetch``. Raises ``Absent``."""
    place = folder() / f"postgraphile-{POSTGRAPHILE}-node-{NODE}"
    if not (place / "done").exists():
        if not fetch:
            raise Absent("PostGraphile is not installed; a full run (`make bench`) installs it")
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
        packages = (f"postgraphile@{POSTGRAPHILE}", f"node@{NODE}")
        await _run(["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *packages], place)
        (place / "done").touch()
    return place


async def datasette(*, fetch: bool) -> Path:
    """Return the program of Datasette, in an environment of its own. Raises ``Absent``."""
    place = folder() / "datasette"
    if not (place / "done").exists():
        if not fetch:
            raise Absent("Datasette is not installed; a full run (`make bench`) installs it")
        place.mkdir(parents=True, exist_ok=True)
        await _run([sys.executable, "-m", "venv", "--clear", str(place / "venv")], place)
        pip = [str(place / "venv/bin/python"), "-m", "pip", "install", "-q", "--disable-pip-version-check", "datasette"]
        await _run(pip, place)
        (place / "done").touch()
    return place / "venv/bin/datasette"


async def said(command: Sequence[str]) -> str:
    """Return the last line that a command prints, such as its version; empty if it does not run."""
    with suppress(OSError, TimeoutError):
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
        out, _ = await asyncio.wait_for(process.communicate(), 20)
        return (out.decode(errors="replace").strip().splitlines() or [""])[-1]
    return ""


async def _run(command: Sequence[str], place: Path) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=place, stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
    except OSError as error:
        raise Absent(f"{command[0]} is not there") from error
    try:
        out, _ = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError as error:
        process.kill()
        raise Absent(f"{command[0]} took longer than {SECONDS:.0f} seconds") from error
    if process.returncode != 0:
        last = (out.decode(errors="replace").strip().splitlines() or ["?"])[-1]
        raise Absent(f"{Path(command[0]).name} failed (no network?): {last[:160]}")
