"""Who gives receipts: the log's name, the key of the web tier, and where the published log lies. Part of a ``Context``."""

from dataclasses import dataclass

from domain.proof.notes import Key
from resolvers.former_logs import FormerLog
from resolvers.log_folder import LogFolder
from resolvers.signing import Signer


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who gives receipts for a log: its name, the web tier's key, and the folder with the published log."""

    origin: str
    key: Key
    signer: Signer
    folder: LogFolder
    former: tuple[FormerLog, ...] = ()
    """Logs that came before; what their keys signed stays a receipt of ours."""
