"""PostGraphile 5 over the schema ``peer``: its own connections, its own cursors, production settings."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.bench.peers.asking import PAGE, Ask, Key, Name, Peer, by_code
from tests.bench.peers.processes import Served, free_port, running

FIELDS: Final = (
    "code name handlingUnit place validFrom bodyByBodyCode{code name}"
    " basesByItemId{nodes{title article text}} dutiesByItemId{nodes{heading text}}"
)
DOCUMENTS: Final[dict[Name, str]] = {
    "list": f"query List($after:Cursor){{allItems(first:{PAGE},after:$after,orderBy:CODE_ASC)"
    f"{{nodes{{{FIELDS}}} pageInfo{{hasNextPage endCursor}}}}}}",
    "item": f"query Item($code:String!){{itemByCode(code:$code){{{FIELDS}}}}}",
    "search": f"query Search($text:String!){{searchItems(query:$text,first:{PAGE}){{nodes{{{FIELDS}}}}}}}",
    "case": "query Case($number:String!){matterByNumber(number:$number){number title phase dueOn"
    " bodyByBodyCode{code name} stepsByMatterId(orderBy:NUMBER_ASC){nodes{number name}}}}",
}
SERVER: Final = """
import cluster from "node:cluster";
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";

const processes = Number(process.env.PEER_PROCESSES);
if (processes > 1 && cluster.isPrimary) {
  for (let at = 0; at < processes; at++) cluster.fork();
} else {
  const preset = {
    extends: [PostGraphileAmberPreset],
    pgServices: [makePgService({ connectionString: process.env.PEER_DATABASE, schemas: ["peer"] })],
    grafserv: { graphiql: false, watch: false },
    grafast: { explain: false },
  };
  const served = postgraphile(preset).createServ(grafserv);
  const server = createServer();
  await served.addTo(server);
  server.listen(Number(process.env.PEER_PORT), "127.0.0.1");
}
"""


@asynccontextmanager
async def serving(place: Path, folder: Path, owner_url: str, *, processes: int = 1) -> AsyncIterator[Served]:
    """Run PostGraphile as installed in ``place``; several processes share a port through node's own cluster."""
    script, port = place / "server.mjs", free_port()
    script.write_text(SERVER, encoding="utf-8")
    environment = {
        "PEER_DATABASE": owner_url,
        "PEER_PORT": str(port),
        "PEER_PROCESSES": str(processes),
        "NODE_ENV": "production",
        "GRAPHILE_ENV": "production",
    }
    command = [str(place / "node_modules/.bin/node"), str(script)]
    async with running(
        [command], port, folder / f"postgraphile-{processes}.log", environment=environment, folder=place
    ) as served:
        yield served


class Reader:
    """Asks PostGraphile. Its cursors name the order by a hash that only it knows: one is read off its first page."""

    def __init__(self) -> None:
        self.order = ""

    def learn(self, answer: Any) -> None:
        """Learn the hash of the order from an answer to a list without a cursor."""
        cursor = answer["data"]["allItems"]["pageInfo"]["endCursor"]
        self.order = json.loads(base64.b64decode(cursor))[0]

    def variables(self, name: Name, key: Key) -> dict[str, str | None]:
        """Return the variables of a question; a list before anything is learnt begins at the start."""
        if name == "list":
            plain = json.dumps([self.order, key.code], separators=(",", ":"))
            return {"after": base64.b64encode(plain.encode()).decode() if self.order else None}
        return {{"item": "code", "search": "text", "case": "number"}[name]: key.code}

    def ask(self, name: Name, key: Key) -> Ask:
        """Return the request for a question."""
        body = {"query": DOCUMENTS[name], "variables": self.variables(name, key)}
        return Ask("/graphql", json.dumps(body, ensure_ascii=False))

    def read(self, name: Name, answer: Any) -> Any:
        """Bring an answer into the common form."""
        data = answer["data"]
        if name == "item":
            return _node(data["itemByCode"])
        if name == "case":
            return _case(data["matterByNumber"])
        page = data["allItems" if name == "list" else "searchItems"]
        nodes = [_node(one) for one in page["nodes"]]
        return (
            {"nodes": by_code(nodes)} if name == "search" else {"nodes": nodes, "more": page["pageInfo"]["hasNextPage"]}
        )


def _node(node: dict[str, Any]) -> dict[str, Any]:
    plain = {key: node[key] for key in ("code", "name", "handlingUnit", "place", "validFrom")}
    inner = {"body": node["bodyByBodyCode"], "bases": node["basesByItemId"]["nodes"]}
    return {**plain, **inner, "duties": node["dutiesByItemId"]["nodes"]}


def _case(node: dict[str, Any]) -> dict[str, Any]:
    plain = {key: node[key] for key in ("number", "title", "phase", "dueOn")}
    return {**plain, "body": node["bodyByBodyCode"], "steps": node["stepsByMatterId"]["nodes"]}


def peer(served: Served, reader: Reader) -> Peer:
    """Return the running server."""
    return Peer("PostGraphile 5", served, reader.ask, reader.read)
