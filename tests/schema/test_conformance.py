"""Conformance that others have written down: GraphQL over HTTP and Relay, through node where node exists."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schema import sdl
from tests.schema.conftest import Serve

PACKAGES = ("graphql-http@1.23.1", "graphql@16")
AUDITS = 61


@pytest.fixture
def npm_folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder for npm packages, which are thrown away after the test: they are large."""
    yield tmp_path
    shutil.rmtree(tmp_path / "node_modules", ignore_errors=True)


async def _run(*command: str, folder: Path, seconds: float) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        process.kill()
        await process.wait()
        return 1, f"no answer within {seconds} s"
    return process.returncode or 0, output.decode()


async def _install(folder: Path, *packages: str) -> str:
    """Install npm packages into a folder and return node's path, or skip the test and say why."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not installed; conformance tools of others need them")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    quiet = ("--no-audit", "--no-fund", "--silent")
    code, output = await _run(npm, "install", *quiet, *packages, folder=folder, seconds=60)
    if code:
        pytest.skip(f"npm could not install {', '.join(packages)}: {output[-200:]}")
    return node


async def test_graphql_over_http_passes_all_audits(app: Any, serve_app: Serve, npm_folder: Path) -> None:
    node = await _install(npm_folder, *PACKAGES)
    shutil.copy(Path(__file__).with_name("audits.mjs"), npm_folder / "audits.mjs")
    address = await serve_app(app)
    code, output = await _run(node, "audits.mjs", f"{address}/graphql", folder=npm_folder, seconds=60)
    assert code == 0, output
    results = json.loads(output)
    assert [one for one in results if one["status"] != "ok"] == []
    assert len(results) == AUDITS


RELAY = """
const list = graphql`
  fragment page_list on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "pageListPaginationQuery") {
    powerItems(first: $count, after: $cursor) @connection(key: "page_powerItems") {
      edges { node { id ...page_item } }
    }
  }`;
const item = graphql`
  fragment page_item on PowerItem @refetchable(queryName: "pageItemRefetchQuery") {
    code
    body { powerItems(first: 3) { edges { node { id } } } }
    benchmarks { tiers { conditions { __typename ... on CountCondition { fact } } } }
  }`;
const page = graphql`query pageQuery { ...page_list node(id: "x") { ... on PowerContent { code } } }`;
"""


async def test_relay_compiles_connections_refetches_and_unions_of_the_schema(npm_folder: Path) -> None:
    node = await _install(npm_folder, "relay-compiler@21.0.1")
    (npm_folder / "src").mkdir()
    (npm_folder / "src" / "page.js").write_text(RELAY)
    shutil.copy(sdl.FILE, npm_folder / "schema.graphql")
    (npm_folder / "persisted.json").write_text("{}")
    settings = {
        "src": "./src",
        "schema": "./schema.graphql",
        "language": "javascript",
        "persistConfig": {"file": "./persisted.json", "algorithm": "SHA256"},
    }
    (npm_folder / "relay.config.json").write_text(json.dumps(settings))
    compiler = "node_modules/relay-compiler/cli.js"
    code, output = await _run(node, compiler, "relay.config.json", folder=npm_folder, seconds=60)
    assert code == 0, output
    assert len(json.loads((npm_folder / "persisted.json").read_text())) == 3
