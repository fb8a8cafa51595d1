"""What the public log says of itself: its newest published head, judged under the published policy (003-33)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from domain.proof.notes import Note, NoteBroken, base64_text
from domain.proof.policies import Policy, judge
from resolvers.log_folder import LogFolder
from resolvers.signing import VERIFY


@dataclass(frozen=True, slots=True)
class PublicHead:
    """A published head: the log's name, how many acts, the root, who witnessed it when, and whether they are a quorum."""

    origin: str
    size: int
    root: str
    witnesses: Mapping[str, datetime]
    asked: tuple[str, ...]
    quorate: bool
    demanding: bool
    """Whether the policy asks for any witness at all."""


def newest(folder: LogFolder) -> PublicHead | None:
    """Return the newest head; None before the first one, and for files that contradict the policy."""
    checkpoint, policy = folder.read("checkpoint"), folder.read("policy.txt")
    if checkpoint is None or policy is None:
        return None
    try:
        given = Policy.parse(policy.decode())
        seen = judge(Note.parse(checkpoint.decode()), given, VERIFY)
    except (NoteBroken, UnicodeDecodeError):
        return None
    return PublicHead(
        origin=seen.head.origin,
        size=seen.head.size,
        root=base64_text(seen.head.root),
        witnesses={name: datetime.fromtimestamp(at, UTC) for name, at in sorted(seen.witnesses.items())},
        asked=tuple(given.witnesses),
        quorate=seen.quorate,
        demanding=given.quorum != "none",
    )
