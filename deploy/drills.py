"""The drill: a backup is restored into a folder of its own, started, and audited against what others keep (trust 4.4).

A backup that was never restored is a hope. The drill ends with a verdict, the age of the newest point that can be
restored, and nothing left behind.
"""

import asyncio
import random
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from deploy import auditors, log_keys
from deploy.backups import Restored, restore
from deploy.children import ADDRESSES
from deploy.operating import operator
from deploy.services import available
from deploy.settings import Settings
from domain.proof.auditing import Verdict
from domain.proof.checkpoints import Checkpoint
from domain.proof.merkle import verify_inclusion
from domain.proof.notes import Note, NoteBroken
from domain.proof.receipts import Proof
from domain.proof.tiles import TileBroken
from resolvers import receipts
from resolvers.auditing import Outside, Report, audit
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.receipts import Issuer, RecordAltered

SAMPLES: Final = 100
_SOME: Final = (
    "SELECT e.stream, e.seq FROM log_leaf g JOIN event e ON e.id = g.event_id WHERE g.place = ANY($1::bigint[])"
)


@dataclass(frozen=True, slots=True)
class Drill:
    """What a drill found. ``proven`` of ``tried`` receipts led to a proof that holds."""

    restored: Restored
    report: Report
    age: timedelta
    tried: int
    proven: int

    @property
    def verdict(self) -> Verdict:
        """What it ends with."""
        if self.report.verdict == Verdict.BAD or self.proven < self.tried or self.restored.lost is not None:
            return Verdict.BAD
        return self.report.verdict


def apart(settings: Settings, state: Path) -> Settings:
    """Return the settings of a copy that has nothing in common with the one that is running."""
    own: dict[str, object] = dict.fromkeys((*ADDRESSES, "database_url", "redis_url", "log_policy", "secret_key"))
    return settings.model_copy(update=own | {"state_dir": state})


def drill(settings: Settings, source: Path, keys: Path | None, outside: Outside) -> Drill:
    """Restore, start, audit, prove and clean up. Raises ``StartRefused`` where it does not even start."""
    with tempfile.TemporaryDirectory(prefix="yangguang-drill-") as place:
        state = Path(place) / "state"
        own = apart(settings, state)
        restored = restore(own, source, state, keys, outside)
        with available(own) as services:
            report, tried, proven = asyncio.run(_checked(services.commanding, outside, with_keys=keys is not None))
    return Drill(restored, report, datetime.now(UTC) - restored.manifest.made_at, tried, proven)


async def _checked(settings: Settings, outside: Outside, *, with_keys: bool) -> tuple[Report, int, int]:
    """Audit in full, and exchange receipts of acts chosen at random for their proofs, as parties would."""
    auditor = auditors.auditor(settings)
    async with operator(settings, statement_ms=600_000) as ctx:
        if auditor is None:
            return Report("full", ctx.now, unchecked=("policy",)), 0, 0
        report = await audit(ctx, auditor, outside)
        if not with_keys:
            return replace(report, unchecked=(*report.unchecked, "receipts: no keys were given")), 0, 0
        return report, *await _proven(ctx, log_keys.issuer(settings))


async def _proven(ctx: Context, issuer: Issuer) -> tuple[int, int]:
    content = issuer.folder.read("checkpoint")
    size = Checkpoint.parse(Note.parse(content.decode()).text).size if content else 0
    places = random.SystemRandom().sample(range(size), min(SAMPLES, size))
    rows = await ctx.db.reads.fetch(_SOME, places)
    proven = [await _holds(ctx, issuer, row["stream"], row["seq"]) for row in rows]
    return len(places), sum(proven)


async def _holds(ctx: Context, issuer: Issuer, stream: str, seq: int) -> bool:
    try:
        text = await receipts.proof(ctx, issuer, await receipts.receipt(ctx, issuer, stream, seq, "drill"))
        found = Proof.parse(text or "")
    except (RecordAltered, NotFound, NoteBroken, TileBroken):
        return False
    head = Checkpoint.parse(found.checkpoint.text)
    return verify_inclusion(found.leaf, found.index, head.size, found.path, head.root)
