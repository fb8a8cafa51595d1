"""Who audits this copy's log: which keys it knows, where the files are, and whom it asks for heads."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from deploy import log_keys
from deploy.settings import Settings
from domain.proof.notes import NoteBroken
from domain.proof.policies import Policy
from resolvers.auditing import Auditor, Outside
from resolvers.former_logs import formers
from resolvers.outside_heads import gather


def _policy(settings: Settings) -> Policy | None:
    """Return the policy as it is kept, without making a key or a file: an auditor must not invent what it checks by."""
    place = settings.log_policy or log_keys.folder(settings).path / log_keys.POLICY
    try:
        return Policy.parse(place.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, NoteBroken):
        return None


def auditor(settings: Settings) -> Auditor | None:
    """Return the auditor, None where no policy is (yet) to be had: then nothing can be checked."""
    policy = _policy(settings)
    if policy is None:
        return None
    late = timedelta(minutes=settings.audit_late_minutes)
    folder = log_keys.folder(settings)
    return Auditor(folder, policy.logs, policy.receipts, late, settings.close_on_findings, formers(folder))


def places(settings: Settings) -> Sequence[str]:
    """Return where heads of others are: what is set, else the witnesses of the policy, or the demonstration's own."""
    if settings.audit_heads:
        return settings.audit_heads
    policy = _policy(settings)
    if log_keys.witnesses_itself(settings):
        heads = settings.state_dir.absolute() / log_keys.WITNESS_FOLDER / "heads"
        return (str(heads),) if heads.exists() else ()
    return tuple(policy.addresses[name] for name in policy.witnesses if name in policy.addresses) if policy else ()


async def outside(settings: Settings, more: Sequence[str] = (), receipts: Sequence[Path] = ()) -> Outside:
    """Ask everybody."""
    return await gather((*places(settings), *more), receipts)
