"""Officials of the demo city who run matters: two for every post that a procedure asks for, with certificates.

Nobody can sign in as one of them (who can is in `city.toml`); their names are invented like everything else here.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final
from uuid import UUID

from deploy.demo.city import DemoBody
from domain.actors import Actor
from resolvers import certificates
from resolvers.acting import actor_by_login
from resolvers.certificates import NewCertificate
from resolvers.context import Context
from resolvers.organisation import post_numbers
from resolvers.staff import NewOfficial, enter_staff

SURNAMES: Final = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章"
GIVEN: Final = "甲乙丙丁戊己庚辛壬癸"
ENFORCING: Final = frozenset({"执法办案岗", "法制审核岗"})
EACH: Final = 2
SINCE: Final = date(2020, 1, 1)
UNTIL: Final = date(2035, 12, 31)


@dataclass
class Staff:
    """The people of some bodies, by body and post."""

    people: dict[tuple[str, str], list[Actor]] = field(default_factory=lambda: defaultdict(list))

    def of(self, body: str, post: str) -> Sequence[Actor]:
        """Return who holds a post in a body; nobody where it has no such post."""
        return self.people.get((body, post), ())

    def everybody(self, body: str) -> list[Actor]:
        """Return all who hold a post in a body, in the order in which they were entered."""
        return [one for (code, _), holders in self.people.items() if code == body for one in holders]


async def enter(ctx: Context, bodies: Sequence[DemoBody]) -> Staff:
    """Enter the officials of some bodies with certificates for those who need one, and return them as they act."""
    numbers, staff, planned = await post_numbers(ctx), Staff(), []
    for body in bodies:
        taken: set[str] = set()
        for unit in body.units:
            for post in unit.posts:
                if post.name in taken or (post.roles and "body_head" not in post.roles):
                    continue
                taken.add(post.name)
                post_id = numbers[body.code, unit.name, post.name]
                planned += [(body.code, post.name, post_id)] * EACH
    new = [NewOfficial(f"demo.{number:04}", _name(number), post_id) for number, (_, _, post_id) in enumerate(planned)]
    ids = await enter_staff(ctx, new, SINCE)
    for (body_code, post_name, _), official, account in zip(planned, new, ids, strict=True):
        staff.people[body_code, post_name].append(await actor_by_login(ctx, official.login))
        await certify(ctx, f"云执{official.login.removeprefix('demo.')}", account, body_code, post_name)
    return staff


async def certify(ctx: Context, number: str, account: UUID, body_code: str, post_name: str) -> None:
    """Enter the certificate without which the holder of such a post may not act; other posts need none."""
    if post_name in ENFORCING:
        lawyer = post_name == "法制审核岗"
        held = NewCertificate(number, account, body_code, SINCE, UNTIL, legal_qualification=lawyer)
        await certificates.enter(ctx, held)


def _name(number: int) -> str:
    return SURNAMES[number % len(SURNAMES)] + "示" + GIVEN[number // len(SURNAMES) % len(GIVEN)]
