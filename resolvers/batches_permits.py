"""Who may do what with a batch: a batch of another government and one that does not exist look the same."""

from domain.access import Permission, Target, allowed
from resolvers.context import Context
from resolvers.errors import NotFound
from resolvers.permits import permit


def permit_batch(ctx: Context, permission: Permission, government_id: int | None) -> None:
    """Let the actor pass; ``government_id`` is None when there is no such batch.

    Who may read batches of some government learns of no other (``NotFound``); who may read this one but not do more
    is told so (``NotPermitted``); everybody else is asked to sign in or told that the post gives no right.
    """
    here = Target(government_id=government_id)
    if government_id is not None and allowed(ctx.actor, permission, here):
        return
    elsewhere = {posting.government_id for posting in ctx.actor.postings} - {government_id}
    reads_here = government_id is not None and allowed(ctx.actor, Permission.BATCH_READ, here)
    reads_elsewhere = any(allowed(ctx.actor, Permission.BATCH_READ, Target(government_id=one)) for one in elsewhere)
    if not reads_here and (reads_elsewhere or ctx.actor.kind == "system"):
        raise NotFound("批次")
    permit(ctx, permission, here)
