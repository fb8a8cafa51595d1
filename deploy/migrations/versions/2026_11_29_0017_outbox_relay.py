"""The outbox knows when it is tried next; notices to officials on their desk."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0017"
down_revision = "2026_11_29_0016"
branch_labels = None
depends_on = None

# What is not done is never removed, by nobody.
DONE_ONLY = """
CREATE FUNCTION outbox_row_is_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.done_at IS NULL THEN
    RAISE EXCEPTION 'what is not told is not removed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$
"""
DONE_ONLY_TRIGGER = """
CREATE TRIGGER outbox_row_is_done BEFORE DELETE ON outbox FOR EACH ROW EXECUTE FUNCTION outbox_row_is_done()
"""


def upgrade() -> None:
    """Let rows be tried again later and later, and give officials their notices."""
    op.add_column("outbox", sa.Column("next_try", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE outbox SET next_try = due_at")
    op.alter_column("outbox", "next_try", nullable=False)
    op.drop_index("ix_outbox_undone", "outbox")
    op.create_index("ix_outbox_next", "outbox", ["next_try", "id"], postgresql_where=sa.text("done_at IS NULL"))
    op.create_index("ix_outbox_undone", "outbox", ["due_at"], postgresql_where=sa.text("done_at IS NULL"))
    op.create_index("ix_outbox_done", "outbox", ["done_at"], postgresql_where=sa.text("done_at IS NOT NULL"))
    op.execute(DONE_ONLY)
    op.execute(DONE_ONLY_TRIGGER)
    op.create_table(
        "desk_notice",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("matter_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_desk_notice_account_id")),
        sa.ForeignKeyConstraint(["matter_id"], ["matter.id"], name=op.f("fk_desk_notice_matter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_notice")),
        sa.UniqueConstraint("account_id", "matter_id", "seq", name=op.f("uq_desk_notice_account_id_matter_id_seq")),
    )
    op.create_index(op.f("ix_desk_notice_matter_id"), "desk_notice", ["matter_id"])
    op.create_index("ix_desk_notice_latest", "desk_notice", ["account_id", "id"])
    unread = sa.text("read_at IS NULL")
    op.create_index("ix_desk_notice_unread", "desk_notice", ["account_id"], postgresql_where=unread)


def downgrade() -> None:
    """Drop the notices, and let the outbox be as it was."""
    op.drop_table("desk_notice")
    op.execute("DROP TRIGGER outbox_row_is_done ON outbox")
    op.execute("DROP FUNCTION outbox_row_is_done")
    op.drop_index("ix_outbox_done", "outbox")
    op.drop_index("ix_outbox_undone", "outbox")
    op.drop_index("ix_outbox_next", "outbox")
    op.drop_column("outbox", "next_try")
    undone = sa.text("done_at IS NULL")
    op.create_index("ix_outbox_undone", "outbox", ["due_at", "id"], postgresql_where=undone)
