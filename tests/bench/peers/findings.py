"""What a run found, before it is written down."""

from dataclasses import dataclass, field

from tests.bench.peers.asking import Name
from tests.bench.peers.rounds import Measured

ByQuestion = dict[Name, dict[str, Measured]]


@dataclass(slots=True)
class Findings:
    """Figures by question and server; ``hot`` are lists of few pages; ``database`` are transactions a second of pgbench; memory is in MB."""

    one: ByQuestion = field(default_factory=dict)
    two: ByQuestion = field(default_factory=dict)
    hot: dict[str, Measured] = field(default_factory=dict)
    cached: ByQuestion = field(default_factory=dict)
    pages: dict[str, Measured] = field(default_factory=dict)
    database: dict[Name, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    memory_two: dict[str, float] = field(default_factory=dict)
    documents: int = 0
    documents_refused: int = 0
    before: float = 0.0
    after: float = 0.0
    missing: list[str] = field(default_factory=list)
    versions: list[str] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)

    def rate(self, name: Name, server: str) -> float | None:
        """Return the requests a second of one process of a server on a question, if that was measured."""
        found = self.one.get(name, {}).get(server)
        return None if found is None else found.rate
