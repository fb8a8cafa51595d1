"""Conformance that others have written down: GraphQL over HTTP by its audits, through node where node exists."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.schema.conftest import Serve

PACKAGES = ("graphql-http@1.23.1", "graphql@16")
AUDITS = 61


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


async def test_graphql_over_http_passes_all_audits(app: Any, serve_app: Serve, tmp_path: Path) -> None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.skip("node and npm are not installed; the audits of GraphQL over HTTP need them")
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}')
    quiet = ("--no-audit", "--no-fund", "--silent", "--ignore-scripts")
    code, output = await _run(npm, "install", *quiet, *PACKAGES, folder=tmp_path, seconds=60)
    if code:
        pytest.skip(f"npm could not install graphql-http: {output[-200:]}")
    shutil.copy(Path(__file__).with_name("audits.mjs"), tmp_path / "audits.mjs")
    address = await serve_app(app)
    code, output = await _run(node, "audits.mjs", f"{address}/graphql", folder=tmp_path, seconds=60)
    assert code == 0, output
    results = json.loads(output)
    assert [one for one in results if one["status"] != "ok"] == []
    assert len(results) == AUDITS
