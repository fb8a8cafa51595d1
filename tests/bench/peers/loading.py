"""The load generator: ``wrk`` where it is installed, else a small client of our own; each in a process of its own."""

import asyncio
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.peers.asking import Target

CONNECTIONS: Final = 16
ROOT: Final = Path(__file__).parents[3]
GENERATOR: Final = "wrk" if shutil.which("wrk") else "own client (asyncio)"
"""Which one is used; the report says so."""

LUA: Final = """
local headers = {%(headers)s}
local asks = {}
function init(args)
  for name, value in pairs(headers) do wrk.headers[name] = value end
  math.randomseed(%(seed)d)
  local file = io.open(%(file)s, "rb")
  while true do
    local path, body = file:read("*l"), file:read("*l")
    if not body then break end
    if #body > 0 then
      wrk.headers["Content-Type"] = "application/json"
      asks[#asks + 1] = wrk.format("POST", path, wrk.headers, body)
    else
      asks[#asks + 1] = wrk.format("GET", path, wrk.headers)
    end
  end
  file:close()
end
function request() return asks[math.random(#asks)] end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('\\nRESULT {"requests":%%d,"seconds":%%f,"bytes":%%d,"errors":%%d,"p50":%%f,"p99":%%f}\\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
"""


class LoadFailed(RuntimeError):
    """The load generator did not report."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a load showed: requests, a second too; latencies in milliseconds, bytes an answer, failed requests."""

    requests: int
    rate: float
    p50: float
    p99: float
    size: float
    errors: int


async def load(target: Target, seconds: float, seed: int = 1) -> Load:
    """Ask a server for some seconds over 16 kept connections, each request drawn at random. Raises ``LoadFailed``."""
    with tempfile.TemporaryDirectory(prefix="yg-load-") as name:
        asks = Path(name) / "asks"
        asks.write_text("".join(f"{one.path}\n{one.body}\n" for one in target.asks), encoding="utf-8")
        # wrk counts whole seconds only; a shorter load is the own client's.
        if GENERATOR == "wrk" and seconds >= 1:
            script = Path(name) / "ask.lua"
            headers = ", ".join(f"[{json.dumps(key)}] = {json.dumps(value)}" for key, value in target.headers.items())
            filled = LUA % {"headers": headers, "seed": seed, "file": json.dumps(str(asks))}
            script.write_text(filled, encoding="utf-8")
            span = str(round(seconds))
            words = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{span}s", "-s", str(script)]
            command = [*words, f"http://127.0.0.1:{target.served.port}"]
        else:
            own = [sys.executable, "-m", "tests.bench.peers.client", str(target.served.port), str(seconds), str(seed)]
            command = [*own, str(asks), json.dumps(target.headers)]
        return await _run(command, seconds)


async def _run(command: list[str], seconds: float) -> Load:
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), seconds + 30)
    finally:
        if process.returncode is None:
            process.kill()
    said = out.decode(errors="replace")
    line = next((line for line in said.splitlines() if line.startswith("RESULT ")), "")
    if not line:
        raise LoadFailed(f"{command[0]}: {said[-500:]}")
    found = json.loads(line.removeprefix("RESULT "))
    count = found["requests"]
    size = found["bytes"] / max(count, 1)
    return Load(count, count / found["seconds"], found["p50"], found["p99"], size, found["errors"])
