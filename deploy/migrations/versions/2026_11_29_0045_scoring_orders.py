"""Assessments: orders to score a period that takes longer than a page may wait (003-36(5))."""

from alembic import op

revision = "2026_11_29_0045"
down_revision = "2026_11_29_0044"
branch_labels = None
depends_on = None

ORDER = """
CREATE TABLE scoring_order (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL, government_id bigint NOT NULL, period text NOT NULL,
  asked_at timestamptz NOT NULL, asker text NOT NULL, asked_by text NOT NULL, state text NOT NULL DEFAULT 'waiting',
  attempts integer NOT NULL DEFAULT 0, begun_at timestamptz, done integer NOT NULL DEFAULT 0,
  total integer NOT NULL DEFAULT 0, ended_at timestamptz, reason text NOT NULL DEFAULT '',
  CONSTRAINT pk_scoring_order PRIMARY KEY (id),
  CONSTRAINT ck_scoring_order_state CHECK (state IN ('waiting', 'running', 'scored', 'failed')),
  CONSTRAINT ck_scoring_order_ended CHECK ((state IN ('scored', 'failed')) = (ended_at IS NOT NULL)),
  CONSTRAINT ck_scoring_order_reason CHECK ((state = 'failed') = (reason <> '')),
  CONSTRAINT ck_scoring_order_progress CHECK (done BETWEEN 0 AND total),
  CONSTRAINT fk_scoring_order_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
INDEXES = (
    "CREATE INDEX ix_scoring_order_government ON scoring_order (government_id, id)",
    (
        "CREATE UNIQUE INDEX uq_scoring_order_open ON scoring_order (government_id, period)"
        " WHERE state IN ('waiting', 'running')"
    ),
)
# Who asked for what stays, and an order that ended is over.
MOVES = """
CREATE FUNCTION scoring_order_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL
     AND to_jsonb(NEW) - '{state,attempts,begun_at,done,total,ended_at,reason}'::text[]
       = to_jsonb(OLD) - '{state,attempts,begun_at,done,total,ended_at,reason}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an order to score moves on until it ends' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
TRIGGERS = (
    (
        "CREATE TRIGGER scoring_order_moves_on BEFORE UPDATE OR DELETE ON scoring_order"
        " FOR EACH ROW EXECUTE FUNCTION scoring_order_moves_on()"
    ),
    (
        "CREATE TRIGGER scoring_order_no_truncate BEFORE TRUNCATE ON scoring_order"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    ),
)


def upgrade() -> None:
    """Create the table with what protects it."""
    for statement in (ORDER, *INDEXES, MOVES, *TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("scoring_order")
    op.execute("DROP FUNCTION scoring_order_moves_on()")
