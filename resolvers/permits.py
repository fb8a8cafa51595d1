"""The door of every guarded use-case: the permission table is asked here, and nowhere else."""

from domain.access import Permission, Target, allowed
from resolvers.context import Context
from resolvers.errors import NotFound, NotPermitted, NotSignedIn


def permit(ctx: Context, permission: Permission, target: Target | None = None) -> None:
    """Let the actor pass or raise: ``NotSignedIn`` without an account, ``NotPermitted`` without the right."""
    if allowed(ctx.actor, permission, target):
        return
    if ctx.actor.kind == "anonymous":
        raise NotSignedIn("此操作需要登录。", "请先登录。")
    raise NotPermitted("您的岗位没有进行此操作的权限。", "如有需要，请联系安全管理员授予相应岗位。")


def permit_or_hide(ctx: Context, permission: Permission, target: Target, what: str) -> None:
    """Let the actor pass, or answer as if the thing did not exist: missing and forbidden look the same."""
    if not allowed(ctx.actor, permission, target):
        raise NotFound(what)
