"""Who acts: a frozen picture of the person or machine behind a call, bound by the server, never by the client."""

from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

ActorKind = Literal["anonymous", "official", "integrator", "system"]


@dataclass(frozen=True, slots=True)
class Posting:
    """A post held on the day of the call: rights hang on it, not on the person (house §2)."""

    post_id: int
    unit_id: int
    body_code: str
    government_id: int
    roles: frozenset[str]
    post: str = ""
    """Name of the post, by which a step of a procedure asks for it."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The actor of a use-case. ``roles`` is the union over today's postings; scopes belong to integrator tokens."""

    kind: ActorKind = "anonymous"
    account_id: UUID | None = None
    name: str = ""
    postings: tuple[Posting, ...] = ()
    scopes: frozenset[str] = field(default_factory=frozenset)

    @property
    def roles(self) -> frozenset[str]:
        """All roles that today's postings give."""
        return frozenset().union(*(posting.roles for posting in self.postings))

    @property
    def body_codes(self) -> frozenset[str]:
        """Codes of the bodies in which the actor holds a post today."""
        return frozenset(posting.body_code for posting in self.postings)

    @property
    def offices(self) -> frozenset[str]:
        """Roles with the government (``g1/role``) and the body (``bB001/role``) in which today's postings give them."""
        held = ((f"g{one.government_id}", f"b{one.body_code}", role) for one in self.postings for role in one.roles)
        return frozenset(f"{place}/{role}" for *places, role in held for place in places)


ANONYMOUS = Actor()
SYSTEM = Actor(kind="system", name="system")
