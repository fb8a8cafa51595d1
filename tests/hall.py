"""An office whose matters come to their end, so that the hall has something to rate and to publish."""

from typing import Any

import asyncpg

from resolvers import hall
from resolvers.addresses import plain_url
from resolvers.matters import Opened
from tests.matters import VIOLATION
from tests.running import PENALTY, Office, agree, paper


async def served(of: Office, result: str = "granted", **fields: Any) -> Opened:
    """Bring a licence application from the counter to its closure, and let the hall take it up."""
    opened = await of.open(**fields)
    await of.act(opened, "clerk", "accept")
    await of.act(opened, "reviewer", "complete", opinion=agree())
    await of.act(opened, "verifier", "complete", opinion=agree(), to="decide")
    reasons = {"reasons": "不符合条件"} if result == "refused" else {}
    await of.act(opened, "deputy", "decide", outcome={"result": result, **reasons})
    await of.act(opened, "server", "record", documents=[paper("decision", number="云测许〔2026〕1号")])
    await of.act(opened, "server", "serve", document="decision", method="direct")
    await of.act(opened, "server", "complete")
    await of.act(opened, "server", "close")
    await hall.attend(of.ctx)
    return opened


async def punished(of: Office, amount: str = "1000") -> Opened:
    """Bring a summary penalty to its service, and let the hall take it up."""
    opened = await of.open(PENALTY, "inv1", procedure="penalty-summary", party_kind="organisation")
    two = {"officers": [of.id_of("inv2")]}
    await of.act(opened, "inv1", "accept", **two)
    await of.act(opened, "inv1", "record", documents=[paper("oral_notice")], **two)
    await of.act(opened, "inv1", "exercise", right="statement", waive=True)
    outcome = {
        "result": "penalty",
        "reasons": "事实清楚",
        "measures": ["fine"],
        "fines": [{"violation": VIOLATION, "tier": "较轻", "amount": amount}],
    }
    await of.act(opened, "inv1", "decide", outcome=outcome, **two)
    await of.act(opened, "inv1", "record", documents=[paper("penalty_decision", number="云测罚〔2026〕1号")], **two)
    await of.act(opened, "inv1", "serve", document="penalty_decision", method="direct")
    await hall.attend(of.ctx)
    return opened


SHOWN = """
INSERT INTO published_result (id, kind, state, no, government_id, body_code, body_name, decision_number, party,
  party_kind, item_code, item_name, result, content, basis, decided_on, search_key, published_at, changed_at,
  shown_until, digest, ground, reason)
SELECT n, 'licence', 'published', 1 + n % 2, b.government_id, b.code, b.name, '云许〔2026〕' || n || '号', '王**', 'citizen',
  $2, '测试许可', '准予', '准予许可', '《某条例》第十条', '2026-10-08'::date, '王** 测试许可', '2026-10-09'::timestamptz,
  '2026-10-10'::timestamptz,
  CASE n WHEN 22 THEN '2026-10-31'::date END, sha256('x'), '', CASE WHEN n % 2 = 1 THEN '笔误' ELSE '' END
FROM body b, generate_series(1, 22) n WHERE b.code = $1
UNION ALL
SELECT 23, 'penalty', 'withdrawn', 2, b.government_id, b.code, b.name, '', '', 'citizen', '', '', '', '', '', NULL, '',
  '2026-10-09'::timestamptz, '2026-10-12'::timestamptz, NULL, sha256('x'), '决定被依法撤销', '经行政复议撤销' FROM body b WHERE b.code = $1
"""
FIGURES = """
INSERT INTO rating_figure (month, government_id, body_code, item_code, item_name, invited, answered, very_satisfied,
  satisfied, fairly_satisfied, dissatisfied, very_dissatisfied, bad, reviewed, in_time, again, better, published_at)
SELECT m::date, b.government_id, b.code, i.code, i.name, 40, 30, 12, 10, 4, 3, 1, 4, 4, 3, 2, 1, '2026-11-20'::timestamptz
FROM body b, generate_series('2026-05-01'::date, '2026-09-01', '1 month') m, (VALUES ('', ''), ($2, '测试许可')) i (code, name)
WHERE b.code = $1
UNION ALL
SELECT '2026-09-01'::date, b.government_id, b.code, $3, '很少办的事项', 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
  NULL, NULL, NULL, '2026-11-20'::timestamptz FROM body b WHERE b.code = $1
"""


async def published_rows(owner_url: str, body: str, item: str, rare: str) -> None:
    """Put results and figures into a database whose matters nobody runs: their pages need nothing else."""
    connection = await asyncpg.connect(plain_url(owner_url))
    try:
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(SHOWN, body, item)
        await connection.execute(FIGURES, body, item, rare)
    finally:
        await connection.close()
