"""The floor under the floor: pgbench on the statements of the floor, without any web server."""

import asyncio
import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from deploy.embedded import PostgresBinaries
from deploy.refusals import ServiceFailed
from tests.bench.peers.floor import CONNECTIONS
from tests.bench.peers.installing import Absent
from tests.bench.peers.statements import STATEMENTS

SYSTEM: Final = Path("/usr/lib/postgresql/15/bin/pgbench")
_DAY: Final = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
_CODE: Final = "(SELECT k.code FROM bench.key k WHERE k.n = :n)"
_RATE: Final = re.compile(r"tps = ([0-9.]+)")


def program() -> Path:
    """Return where pgbench is. Raises ``Absent``."""
    places = [SYSTEM]
    with suppress(ServiceFailed):
        places.insert(0, PostgresBinaries.find().folder / "pgbench")
    if on_path := shutil.which("pgbench"):
        places.append(Path(on_path))
    found = next((place for place in places if place.exists()), None)
    if found is None:
        raise Absent("pgbench is not there")
    return found


async def transactions(url: str, name: str, items: int, seconds: float, folder: Path) -> float:
    """Return how often a second the statement of a question runs, on as many connections as the floor has."""
    script = folder / f"{name}.pgbench"
    text = STATEMENTS[name].replace("$1::date", _DAY).replace("$2::text", _CODE)
    script.write_text(f"\\set n random(1, {items})\n{' '.join(text.split())};\n", encoding="utf-8")
    parts = urlsplit(url)
    options = {key: values[0] for key, values in parse_qs(parts.query).items()}
    command = [
        str(program()), "-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1", "-T", str(max(1, round(seconds))),
        "-f", str(script), "-h", options["host"], "-p", options.get("port", "5432"), "-U", parts.username or "",
        parts.path[1:],
    ]  # fmt: skip
    environment = {**os.environ, "PGOPTIONS": "-c plan_cache_mode=force_generic_plan -c jit=off"}
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    out, _ = await asyncio.wait_for(process.communicate(), seconds + 30)
    found = _RATE.search(out.decode(errors="replace"))
    if process.returncode != 0 or found is None:
        raise Absent(f"pgbench failed: {out.decode(errors='replace')[-200:]}")
    return float(found[1])
