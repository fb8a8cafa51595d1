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


ANONYMOUS = Actor()
SYSTEM = Actor(kind="system", name="system")
