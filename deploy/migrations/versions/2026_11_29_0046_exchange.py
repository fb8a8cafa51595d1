"""Upward reporting: platforms above, what each has, and what one said that contradicts the log (003-28, 003-35)."""

from alembic import op

revision = "2026_11_29_0046"
down_revision = "2026_11_29_0045"
branch_labels = None
depends_on = None

ID = "id bigint GENERATED ALWAYS AS IDENTITY NOT NULL"
PLATFORM = """
CREATE TABLE exchange_platform (
  id uuid NOT NULL, name text NOT NULL, token_hash bytea NOT NULL, added_at timestamptz NOT NULL, ended_at timestamptz,
  seen_at timestamptz,
  CONSTRAINT pk_exchange_platform PRIMARY KEY (id),
  CONSTRAINT uq_exchange_platform_token_hash UNIQUE (token_hash),
  CONSTRAINT ck_exchange_platform_token_hash CHECK (octet_length(token_hash) = 32)
)
"""
HANDOVER = f"""
CREATE TABLE exchange_handover (
  {ID}, platform_id uuid NOT NULL, log bigint NOT NULL, size bigint NOT NULL, received_at timestamptz NOT NULL,
  CONSTRAINT pk_exchange_handover PRIMARY KEY (id),
  CONSTRAINT uq_exchange_handover_platform_id_log_size UNIQUE (platform_id, log, size),
  CONSTRAINT ck_exchange_handover_size CHECK (size > 0),
  CONSTRAINT fk_exchange_handover_platform_id FOREIGN KEY (platform_id) REFERENCES exchange_platform (id)
)
"""
DISPUTE = f"""
CREATE TABLE exchange_dispute (
  {ID}, platform_id uuid NOT NULL, log bigint NOT NULL, size bigint NOT NULL, root bytea NOT NULL,
  told_at timestamptz NOT NULL,
  CONSTRAINT pk_exchange_dispute PRIMARY KEY (id),
  CONSTRAINT ck_exchange_dispute_root CHECK (octet_length(root) = 32),
  CONSTRAINT fk_exchange_dispute_platform_id FOREIGN KEY (platform_id) REFERENCES exchange_platform (id)
)
"""
INDEXES = (
    "CREATE UNIQUE INDEX uq_exchange_platform_name ON exchange_platform (name) WHERE ended_at IS NULL",
    "CREATE INDEX ix_exchange_dispute_platform ON exchange_dispute (platform_id, id)",
)
# A platform is ended once; what it is called and which token it has stays.
ENDS_ONCE = """
CREATE FUNCTION exchange_platform_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (OLD.ended_at IS NULL OR NEW.ended_at = OLD.ended_at)
     AND to_jsonb(NEW) - '{ended_at,seen_at}'::text[] = to_jsonb(OLD) - '{ended_at,seen_at}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a platform is ended once and stays listed' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def upgrade() -> None:
    """Create the tables with what protects them."""
    for statement in (PLATFORM, HANDOVER, DISPUTE, *INDEXES, ENDS_ONCE):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER exchange_platform_ends_once BEFORE UPDATE OR DELETE ON exchange_platform"
        " FOR EACH ROW EXECUTE FUNCTION exchange_platform_ends_once()"
    )
    for table in ("exchange_handover", "exchange_dispute"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table in ("exchange_platform", "exchange_handover", "exchange_dispute"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """Drop them."""
    for table in ("exchange_dispute", "exchange_handover", "exchange_platform"):
        op.drop_table(table)
    op.execute("DROP FUNCTION exchange_platform_ends_once()")
