"""A witness: keeps the last head of each log it knows, and signs the next one if it extends it (C2SP tlog-witness).

It needs nothing of the system it watches: a folder, a key, the public key of the log. Asked by the log it answers at
``POST /add-checkpoint``; it can also follow a log of its own accord, and then reads the log's public files.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import httpx2
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from domain.proof.checkpoints import Checkpoint, cosign, cosigned_at
from domain.proof.merkle import consistency_ranges, filled
from domain.proof.notes import COSIGNATURE, Key, Note, NoteBroken
from domain.proof.tiles import Tile, TileBroken, TileReader
from domain.proof.witnessing import LONGEST_REQUEST, Addition, Answer, judge_addition
from resolvers.log_folder import LogFolder
from resolvers.signing import VERIFY, Ed25519Signer

FOLLOW_SECONDS: Final = 5.0

log = structlog.get_logger("witness")


@dataclass
class Witness:
    """One witness with its folder. What it signed last is on the disk before it answers, one request after the other."""

    folder: LogFolder
    name: str
    logs: Sequence[Key]
    now: Callable[[], float] = time.time
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def signer(self) -> Ed25519Signer:
        """The key, made at the first use."""
        return Ed25519Signer.kept_in(self.folder.path / "witness.pem")

    @property
    def key(self) -> Key:
        """The public key under the witness's name."""
        return self.signer.key(self.name, COSIGNATURE)

    def known(self, origin: str) -> Note | None:
        """Return the last head of a log that was signed. Raises ``NoteBroken`` if what is kept is none: nothing is signed then."""
        content = self.folder.read(_file(origin))
        if content is None:
            return None
        note = Note.parse(content.decode())
        if cosigned_at(note, Checkpoint.parse(note.text), self.key, VERIFY) is None:
            raise NoteBroken(f"the head kept of {origin} does not carry this witness's signature")
        return note

    async def add(self, text: str) -> tuple[Answer, str]:
        """Judge a request, keep the head and sign it. Returns the answer with the signature line, if there is one."""
        async with self.lock:
            notes = [note for key in self.logs if (note := self.known(key.name)) is not None]
            heads = [Checkpoint.parse(note.text) for note in notes]
            answer = judge_addition(text, {head.origin: head for head in heads}, self.logs, VERIFY)
            if answer.head is None:
                return answer, ""
            signature = cosign(answer.head, self.key, int(self.now()), self.signer.sign)
            kept = Addition.parse(text).note.with_signatures(signature)
            self.folder.write(_file(answer.head.origin), kept.whole.encode())
        return answer, signature.line


def _file(origin: str) -> str:
    return f"heads/{hashlib.sha256(origin.encode()).hexdigest()[:32]}.txt"


def create_witness(witness: Witness, follow: str = "") -> Starlette:
    """Return the witness's application; with ``follow`` it also reads that log by itself."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for piece in request.stream():
            body += piece
            if len(body) > LONGEST_REQUEST:
                return PlainTextResponse("too long\n", 400)
        answer, line = await witness.add(body.decode("utf-8", "replace"))
        if answer.status == 409:
            return Response(f"{answer.known}\n", 409, headers={"Content-Type": "text/x.tlog.size"})
        return PlainTextResponse(line or "refused\n", answer.status)

    async def told(_request: Request) -> Response:
        notes = [note.whole for key in witness.logs if (note := witness.known(key.name)) is not None]
        return PlainTextResponse("\n".join([f"{witness.key.text}\n", *notes]))

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        task = asyncio.create_task(following(witness, follow)) if follow else None
        yield
        if task is not None:
            task.cancel()

    routes = [Route("/add-checkpoint", add_checkpoint, methods=["POST"]), Route("/", told, methods=["GET"])]
    return Starlette(routes=routes, lifespan=lifespan)


async def following(witness: Witness, address: str) -> None:
    """Read a log's heads again and again, and sign those that extend what was signed."""
    async with httpx2.AsyncClient(timeout=10, trust_env=False) as client:
        while True:
            try:
                answer = await followed(witness, client, address.rstrip("/"))
                if answer is not None and answer.status != 200:
                    log.error("a head was refused", address=address, status=answer.status, known=answer.known)
            except (httpx2.HTTPError, NoteBroken, TileBroken, UnicodeDecodeError, OSError) as error:
                log.warning("the log was not read", address=address, reason=f"{type(error).__name__}: {error}")
            await asyncio.sleep(FOLLOW_SECONDS)


async def followed(witness: Witness, client: httpx2.AsyncClient, address: str) -> Answer | None:
    """Read a log's head once and judge it; None if it is the one that is known."""
    note = Note.parse((await _got(client, f"{address}/checkpoint")).decode())
    head = Checkpoint.parse(note.text)
    known = witness.known(head.origin)
    if known is not None and known.text == note.text:
        return None
    old = Checkpoint.parse(known.text).size if known else 0
    proof = await proof_between(client, address, old, head.size) if old <= head.size else []
    answer, _ = await witness.add(Addition(old, tuple(proof), note).text)
    return answer


async def proof_between(client: httpx2.AsyncClient, address: str, old: int, new: int) -> list[bytes]:
    """Make the proof of consistency out of the log's tiles, fetching one after the other as they turn out to be needed."""
    tiles: dict[Tile, bytes] = {}

    def fetch(tile: Tile) -> bytes:
        if tile not in tiles:
            raise _Missing(tile)
        return tiles[tile]

    while True:
        try:
            return filled(TileReader(fetch, new).read, consistency_ranges(old, new))
        except _Missing as missing:
            tiles[missing.tile] = await _got(client, f"{address}/{missing.tile.path}")


class _Missing(Exception):
    def __init__(self, tile: Tile) -> None:
        super().__init__(tile.path)
        self.tile = tile


async def _got(client: httpx2.AsyncClient, address: str) -> bytes:
    answer = await client.get(address)
    answer.raise_for_status()
    return answer.content
