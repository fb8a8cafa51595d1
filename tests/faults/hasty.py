"""The negative control: a server that acknowledges before it has committed. Killed, it has lied to somebody.

Run as ``python -m tests.faults.hasty DATABASE_URL PORT``; it takes the desk's form and does the act a little later.
"""

import asyncio
import sys
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from domain.actors import SYSTEM
from domain.profiles import load_profiles
from portal.matters_fields import slug
from resolvers import matters
from resolvers.acting import actor_by_login
from resolvers.context import Context
from resolvers.database import Database
from tests.faults.acting import FACT

LATER_SECONDS = 0.5


def application(database_url: str) -> Starlette:
    promised: list[asyncio.Task[object]] = []

    async def later(number: int, data: dict[str, object]) -> None:
        await asyncio.sleep(LATER_SECONDS)
        database = await Database.connect(database_url, pool_size=1)
        ctx = Context(db=database, now=datetime.now(UTC), profile=load_profiles()["demo-city"], actor=SYSTEM)
        await matters.act(ctx.acting_as(await actor_by_login(ctx, "clerk")), number, data)
        await database.close()

    async def record(request: Request) -> Response:
        fields = await request.form()
        said = {"code": FACT, "text": fields[f"fact-{slug(FACT)}"]}
        data: dict[str, object] = {"kind": "record", "key": fields["key"], "facts": [said]}
        promised.append(asyncio.create_task(later(int(request.path_params["matter"]), data)))
        return Response(status_code=303, headers={"Location": "/?done=0"})

    return Starlette(routes=[Route("/desk/matters/{matter:int}/acts/record", record, methods=["POST"])])


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[1]), port=int(sys.argv[2]), log_level="critical")
