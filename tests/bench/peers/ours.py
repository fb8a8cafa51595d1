"""Our own server, as people run it; also with parts switched off by their settings, as a peer of itself."""

import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from deploy.settings import PREFIX, Settings
from portal.session_cookie import SESSION
from resolvers.reading.cursors import encode
from resolvers.reading.fetching import cursor_scope
from resolvers.reading.library import POWER
from tests.bench.peers.asking import PAGE, Ask, Key, Name, Peer, by_code
from tests.bench.peers.processes import Served, listening, running

FIELDS: Final = (
    "code name handlingUnit place validFrom body{code name}"
    " legalBases{title article text} responsibilities{heading text}"
)
DOCUMENTS: Final[dict[Name, str]] = {
    "list": f"query List($after:String){{powerItems(first:{PAGE},after:$after)"
    f"{{nodes{{{FIELDS}}} pageInfo{{hasNextPage endCursor}}}}}}",
    "item": f"query Item($code:String!){{powerItem(code:$code){{{FIELDS}}}}}",
    "search": f"query Search($text:String!){{powerItems(first:{PAGE},search:$text){{nodes{{{FIELDS}}}}}}}",
    "case": "query Case($number:String!){matter(number:$number)"
    "{number title phase dueOn body{code name} steps{number name}}}",
}
SWITCHES: Final = {"compiled": "compiled_reads", "fragments": "fragments_bytes", "bodies": "kept_answers_bytes"}
"""Settings that switch a part of reading off."""


def switched_off(*parts: str) -> dict[str, str]:
    """Return the environment that switches these parts off."""
    return {f"{PREFIX}{SWITCHES[part].upper()}": "off" if part == "compiled" else "0" for part in parts}


def can_switch(part: str) -> bool:
    """Say whether this version has the setting for a part."""
    return SWITCHES[part] in Settings.model_fields


@asynccontextmanager
async def serving(
    folder: Path, urls: tuple[str, str], *, processes: int = 1, off: Mapping[str, str] | None = None, name: str = "ours"
) -> AsyncIterator[Served]:
    """Run web processes on the database and the Valkey of ``urls``; what they log lies in the folder."""
    database, redis = urls
    listener = listening()
    try:
        port = listener.getsockname()[1]
        environment = {
            "DATABASE_URL": database,
            "REDIS_URL": redis,
            f"{PREFIX}SECRET_KEY": "bench" * 10,
            f"{PREFIX}STATE_DIR": str(folder / name),
            f"{PREFIX}RATE_ANONYMOUS_PER_MINUTE": "1000000000",
            f"{PREFIX}RATE_OFFICIAL_PER_MINUTE": "1000000000",
            f"{PREFIX}SECOND_FACTOR_REQUIRED": "off",
            f"{PREFIX}PORT": str(port),
            **(off or {}),
        }
        command = [sys.executable, "-m", "deploy", "web", "--socket", str(listener.fileno())]
        async with running(
            [command] * processes, port, folder / f"{name}.log",
            environment=environment, pass_fds=(listener.fileno(),), ready="/healthz",
        ) as served:  # fmt: skip
            yield served
    finally:
        listener.close()


def variables(name: Name, key: Key) -> dict[str, str]:
    """Return the variables of a question."""
    if name == "list":
        return {"after": encode(cursor_scope(POWER, "code"), [key.code, key.item_id])}
    return {{"item": "code", "search": "text", "case": "number"}[name]: key.code}


def ask(name: Name, key: Key) -> Ask:
    """Return the request for a question."""
    body = {"query": DOCUMENTS[name], "variables": variables(name, key)}
    return Ask("/graphql", json.dumps(body, ensure_ascii=False))


def read(name: Name, answer: Any) -> Any:
    """Bring an answer into the common form."""
    data = answer["data"]
    if name == "item":
        return _node(data["powerItem"])
    if name == "case":
        return {**data["matter"], "phase": data["matter"]["phase"].lower()}
    nodes = [_node(one) for one in data["powerItems"]["nodes"]]
    if name == "search":
        return {"nodes": by_code(nodes)}
    return {"nodes": nodes, "more": data["powerItems"]["pageInfo"]["hasNextPage"]}


def _node(node: dict[str, Any]) -> dict[str, Any]:
    plain = {key: node[key] for key in ("code", "name", "handlingUnit", "place", "validFrom", "body")}
    return {**plain, "bases": node["legalBases"], "duties": node["responsibilities"]}


def peer(served: Served, name: str, token: str = "") -> Peer:
    """Return a running server of ours under the name it has in the report.

    Cases are for officials only: those are asked for with the token of an official's session.
    """
    return Peer(name, served, ask, read, {"case": {"Cookie": f"{SESSION}={token}"}} if token else {})
