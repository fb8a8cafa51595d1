"""Evaluating expressions in a process of their own: one that never ends is cut off, and nobody else waits for it (003-37).

One process stands by for watching and is started again when it was cut off; who tries a rule out gets another, so that
a trial slows nothing down. The messages are those of `resolvers.expression_child`.
"""

import asyncio
import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO, Final, cast

from domain.supervision.expressions import problems
from domain.supervision.view import VIEW, trials
from resolvers import expression_child
from resolvers.expression_child import HEAD

MEMORY_BYTES: Final = 600_000_000
SECONDS: Final = 2.0
"""Processor time of one request; a thousand times what a request of `AT_ONCE` ordinary rows takes."""

PATIENCE: Final = 15
"""How many times longer than that a request may take by the clock on a busy machine."""

AT_ONCE: Final = 5_000
"""Rows in one request."""

CUT_OFF: Final = "表达式没有在规定的时间和内存内算完，已经中止。请写得简单一些。"
REASONS: Final = {
    "TypeError": "类型不合：{reason}",
    "ZeroDivisionError": "除数为零",
    "OverflowError": "数值过大",
}


class CutOff(Exception):
    """The expression used up its time or memory, and the process was ended."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row of which an expression says nothing, and why."""

    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of each row, None where there is none; ``refused`` where it is no expression at all."""

    values: tuple[float | bool | None, ...] = ()
    faults: tuple[Fault, ...] = ()
    refused: str = ""


class Evaluator:
    """A process that evaluates, started when it is first asked."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY_BYTES) -> None:
        self._limits = {"seconds": seconds, "memory_bytes": memory}
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    async def ask(self, source: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> Answer:
        """Return what an expression says of some rows. Raises ``CutOff``."""
        return await self.ask_written(source, names, [json.dumps(row) for row in rows])

    async def ask_written(self, source: str, names: Sequence[str], rows: Sequence[str]) -> Answer:
        """Do the same with rows that are written as JSON already, as the database writes them. Raises ``CutOff``."""
        head = json.dumps({"source": source, "names": list(names)})
        # Written into one another as they are: reading values only to write them again cost more than evaluating them.
        message = f'{head[:-1]}, "rows": [{",".join(rows)}]}}'
        return _read(await asyncio.to_thread(self._exchange, message.encode()))

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _exchange(self, message: bytes) -> bytes:
        with self._lock:
            process = self._process = self._process or self._start()
            overdue = threading.Timer(PATIENCE * self._limits["seconds"], process.kill)
            overdue.start()
            try:
                sink, source = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
                sink.write(HEAD.pack(len(message)) + message)
                sink.flush()
                head = source.read(HEAD.size)
                text = source.read(HEAD.unpack(head)[0]) if len(head) == HEAD.size else b""
            except OSError:
                text = b""
            finally:
                overdue.cancel()
            if not text:
                self._end()
                raise CutOff(CUT_OFF)
            return text

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-I", expression_child.__file__, json.dumps(self._limits)]
        # Nothing of this process's surroundings goes along: what is in them is no business of an expression.
        pipe, nowhere = subprocess.PIPE, subprocess.DEVNULL
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=nowhere, env={}, close_fds=True)

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            try:
                cast(BinaryIO, pipe).close()
            except OSError:
                continue


def _read(text: bytes) -> Answer:
    told = json.loads(text)
    if "refused" in told:
        return Answer(refused=str(told["refused"]))
    faults = tuple(Fault(place, _reason(kind, words)) for place, kind, words in told["faults"])
    return Answer(tuple(told["values"]), faults)


def _reason(kind: str, words: str) -> str:
    if words == "wrong result":
        return "结果既不是“是”或“否”，也不是数"
    return REASONS.get(kind, "{reason}").format(reason=words)


@cache
def standing() -> Evaluator:
    """Return the evaluator of this process, for watching."""
    made = Evaluator()
    atexit.register(made.close)
    return made


async def check(source: str) -> tuple[str, ...]:
    """Return what is wrong with an expression that somebody wants to keep: by reading it, then by trying it on examples."""
    if found := problems(source):
        return found
    own = Evaluator()
    try:
        tried = await own.ask(source, list(VIEW), [list(one.values()) for one in trials()])
    except CutOff as error:
        return (str(error),)
    finally:
        own.close()
    if tried.refused:
        return (f"表达式写得不对：{tried.refused.splitlines()[0]}",)
    return tuple(dict.fromkeys(f"表达式在试算时出错：{one.reason}。" for one in tried.faults))
