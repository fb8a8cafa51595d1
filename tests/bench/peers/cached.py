"""Registered documents over GET: the kept answer and its confirmation (304), beside a constant body of the same size."""

import json
from contextlib import AsyncExitStack
from typing import Final
from urllib.parse import quote

from domain.document_files import GivenDocument, sha256_of
from resolvers.context import Context
from resolvers.documents import refused, register
from schema.limits import Limits
from schema.registered_checking import examiner
from tests.bench.peers import ours
from tests.bench.peers.asking import Ask, Key, Keys, Name, Target
from tests.bench.peers.checking import Different, ask_once
from tests.bench.peers.processes import Served
from tests.bench.peers.rounds import Effort, Measured, fixed, measure
from tests.bench.peers.servers import Ground, floor

ANSWER: Final = "registered document over GET, kept answer"
UNCHANGED: Final = "the same with its ETag: 304"
CONSTANT: Final = "floor: bare ASGI, constant body of the same size"
KEPT_KEYS: Final = 200
"""So many different answers of each question are asked for in turn; all of them are in memory after a moment."""


async def registered(ctx: Context) -> None:
    """Register the documents of the questions. Raises ``Different`` if one is refused."""
    given = [GivenDocument("bench", name, text) for name, text in ours.DOCUMENTS.items()]
    problems = refused(await register(ctx, given, examiner(Limits())))
    if problems:
        raise Different(f"not registered: {problems}")


def path(name: Name, key: Key) -> str:
    """Return the address of a question's registered document with the variables of a key."""
    values = quote(json.dumps(ours.variables(name, key), ensure_ascii=False))
    return f"/graphql?documentId=sha256:{sha256_of(ours.DOCUMENTS[name])}&variables={values}"


async def measured(ground: Ground, served: Served, keys: Keys, effort: Effort) -> dict[Name, dict[str, Measured]]:
    """Measure the questions of the effort on our server. Raises ``Different`` where an answer is not the one of an ordinary request."""
    found: dict[Name, dict[str, Measured]] = {}
    for name in effort.further:
        async with AsyncExitStack() as stack:
            drawn = keys.drawn(name, KEPT_KEYS, 3)
            body, tag = await _checked(served.port, name, drawn[0])
            file = ground.folder / f"constant-{name}"
            file.write_bytes(body)
            constant = await stack.enter_async_context(
                floor(ground.folder, {"FLOOR_CONSTANT": str(file)}, name=f"constant-{name}")
            )
            targets = {
                ANSWER: Target(served, [Ask(path(name, key)) for key in drawn]),
                UNCHANGED: fixed(served, path(name, drawn[0]), {"If-None-Match": tag}),
                CONSTANT: fixed(constant, "/"),
            }
            found[name] = await measure(targets, effort, effort.short, ground.database)
    return found


async def _checked(port: int, name: Name, key: Key) -> tuple[bytes, str]:
    """Return the kept answer of a key and its tag, after comparing it with the answer to a POST."""
    address = Ask(path(name, key))
    status, headers, body = await ask_once(port, address)
    _, _, posted = await ask_once(port, ours.ask(name, key))
    tag = headers.get("etag", "")
    if status != 200 or not tag or json.loads(body)["data"] != json.loads(posted)["data"]:
        raise Different(f"GET of a registered document answered {status} with tag {tag!r}")
    again, _, nothing = await ask_once(port, address, {"If-None-Match": tag})
    if again != 304 or nothing:
        raise Different(f"a confirmed tag answered {again}")
    return body, tag
