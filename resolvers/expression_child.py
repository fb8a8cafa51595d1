"""The process that evaluates expressions: requests on standard input, answers on standard output, until the input ends.

An expression may be endless or want all memory there is, and the library knows no budget. That process must not be the
server; so this file is run by itself, with limits on memory and, for each request, on processor time, and imports nothing
of the project. The parent is `resolvers.expressions`. A message is its length in four bytes, and JSON.
"""

import json
import resource
import signal
import struct
import sys
from functools import lru_cache
from typing import Any, BinaryIO

import cel

HEAD = struct.Struct(">I")
LONGEST = 200
KEPT = 64


@lru_cache(KEPT)
def compiled(source: str) -> Any:
    """Return an expression ready to be evaluated; the same few come again and again. Raises what the library raises."""
    return cel.compile(source)


def judged(program: Any, names: list[str], row: list[Any]) -> Any:
    """Return what a compiled expression says of one row: yes, no, or a number. Raises ``TypeError`` for anything else."""
    value = program.execute(dict(zip(names, row, strict=True)))
    if not isinstance(value, bool | int | float):
        raise TypeError("wrong result")
    return value


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Return the value of each row, None where there is none, and the first reason for that."""
    try:
        program = compiled(request["source"])
    except Exception as error:  # noqa: BLE001  # whatever is wrong with the expression is said
        return {"refused": str(error)[:LONGEST]}
    names, values, faults = request["names"], [], []
    for place, row in enumerate(request["rows"]):
        try:
            values.append(judged(program, names, row))
        except MemoryError:
            raise
        except Exception as error:  # noqa: BLE001  # the same
            values.append(None)
            faults.append([place, type(error).__name__, str(error)[:LONGEST]])
    return {"values": values, "faults": faults}


def serve(source: BinaryIO, sink: BinaryIO, seconds: float) -> None:
    """Answer requests one after another; each has its own share of the processor, and ends the process when it is used up."""
    while len(head := source.read(HEAD.size)) == HEAD.size:
        request = json.loads(source.read(HEAD.unpack(head)[0]))
        # The signal is left to the system: the interpreter would look at it only once the library is done.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        text = json.dumps(answer(request)).encode()
        signal.setitimer(signal.ITIMER_PROF, 0)
        sink.write(HEAD.pack(len(text)) + text)
        sink.flush()


def main(arguments: list[str]) -> int:
    """Serve under the limits given in the first argument as JSON."""
    limits = json.loads(arguments[0])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory_bytes"], limits["memory_bytes"]))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    serve(sys.stdin.buffer, sys.stdout.buffer, limits["seconds"])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
