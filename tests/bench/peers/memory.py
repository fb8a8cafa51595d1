"""Memory after very many different documents: caches of documents and plans must be bounded."""

import asyncio
import http.client
import json
import random
from typing import Final

from tests.bench.peers.asking import PAGE, Key
from tests.bench.peers.processes import Served

THREADS: Final = 8
SCALARS: Final = ("code", "name", "handlingUnit", "place", "validFrom", "subItem", "bodyName", "status", "remarks")
NESTED: Final = (
    "body{code name}", "legalBases{title article text}", "responsibilities{heading text}", "government{name}",
    "category{name}", "level{name}", "legalBases{kind law{title}}", "version{number}",
)  # fmt: skip


def documents(count: int, keys: list[Key]) -> list[bytes]:
    """Return bodies of requests whose documents all differ, in names and in what they ask."""
    chance = random.Random(5)
    found = []
    for number in range(count):
        scalars = chance.sample(SCALARS, chance.randint(1, 6))
        nested = chance.sample(NESTED, chance.randint(0, 3))
        fields = " ".join([f"a{number}:name", *scalars, *dict.fromkeys(nested)])
        key = chance.choice(keys)
        root = (
            f'powerItem(code:"{key.code}"){{{fields}}}'
            if number % 2
            else f"powerItems(first:{PAGE}){{nodes{{{fields}}}}}"
        )
        found.append(json.dumps({"query": f"query Q{number}{{{root}}}"}).encode())
    return found


async def after_documents(served: Served, bodies: list[bytes]) -> tuple[float, float, int]:
    """Ask every document once; returns memory before and after in MB, and how many were not answered."""
    before = served.memory()
    parts = [bodies[at::THREADS] for at in range(THREADS)]
    failed = sum(await asyncio.gather(*(asyncio.to_thread(_ask, served.port, part) for part in parts)))
    return before, served.memory(), failed


def _ask(port: int, bodies: list[bytes]) -> int:
    """Ask in turn over one connection; returns how many were refused."""
    connection, failed = http.client.HTTPConnection("127.0.0.1", port, timeout=60), 0
    for body in bodies:
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        failed += b'"errors"' in answer.read() or answer.status != 200
    connection.close()
    return failed
