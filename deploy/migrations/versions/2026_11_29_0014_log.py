"""The log of the record: leaves made by a trigger, the waiting line, the order, the signed heads (003-33)."""

import hashlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "2026_11_29_0014"
down_revision = "2026_11_29_0013"
branch_labels = None
depends_on = None

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()
# domain/proof/README.md, "Bytes of a leaf, version 1". Text is kept as UTF-8, so octet_length counts its bytes.
ENTRY = r"""
CREATE FUNCTION log_entry(
  stream text, seq integer, kind text, body_code text, at timestamptz, actor_id uuid, actor_name text, body text, salt bytea
) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT '\x0100000020'::bytea || sha256('yangguang/1/act\000'::bytea
    || sha256(sha256('yangguang/1/head\000'::bytea || salt)
      || int4send(octet_length(stream)) || convert_to(stream, 'UTF8') || int8send(seq)
      || int4send(octet_length(kind)) || convert_to(kind, 'UTF8')
      || int4send(octet_length(body_code)) || convert_to(body_code, 'UTF8')
      || int8send((extract(epoch FROM at) * 1000000)::bigint))
    || sha256(sha256('yangguang/1/actor\000'::bytea || salt)
      || int4send(octet_length(coalesce(actor_id::text, ''))) || convert_to(coalesce(actor_id::text, ''), 'UTF8')
      || int4send(octet_length(actor_name)) || convert_to(actor_name, 'UTF8'))
    || sha256(sha256('yangguang/1/body\000'::bytea || salt) || convert_to(body, 'UTF8')))
$$
"""
# A random UUID has 122 random bits; the digest of two has more than the 128 that a salt must have (ASVS 11.5.1).
SALT = "substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FROM 1 FOR 16)"
LEAVES = rf"""
WITH salted AS MATERIALIZED (SELECT e.*, {SALT} AS salt FROM {{source}} e),
made AS MATERIALIZED (
  SELECT id, salt, log_entry(stream, seq, kind, body_code, at, actor_id, actor_name, body, salt) AS entry FROM salted
),
kept AS (
  INSERT INTO event_leaf (event_id, salt, entry, leaf)
  SELECT id, salt, entry, sha256('\x00'::bytea || entry) FROM made ORDER BY id
)
INSERT INTO log_pending (event_id, entry) SELECT id, entry FROM made ORDER BY id
"""
# With its owner's rights: whoever writes events can write neither leaf nor salt.
TRIGGER = f"""
CREATE FUNCTION event_gets_leaf() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  {LEAVES.format(source="fresh")};
  RETURN NULL;
END $$
"""
ATTACH = """
CREATE TRIGGER event_gets_leaf AFTER INSERT ON event REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION event_gets_leaf()
"""
# The head grows; it never shrinks and is never made twice.
GROWS = """
CREATE FUNCTION log_head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.size < OLD.size OR NEW.epoch < OLD.epoch THEN
    RAISE EXCEPTION 'the log never shrinks' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$
"""


def _key(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def _bytes(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.LargeBinary(), nullable=nullable)


def _event_leaf() -> None:
    op.create_table(
        "event_leaf",
        _key("event_id"),
        _bytes("salt"),
        _bytes("entry"),
        _bytes("leaf"),
        sa.CheckConstraint("octet_length(salt) = 16", name=op.f("ck_event_leaf_salt")),
        sa.CheckConstraint("octet_length(leaf) = 32", name=op.f("ck_event_leaf_leaf")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_leaf_event_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_event_leaf")),
    )
    op.create_table(
        "log_pending",
        _key("event_id"),
        _bytes("entry"),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_log_pending")),
    )
    # Rows come and go all day: swept at one in a hundred dead ones, else the table grows without end.
    op.execute(
        "ALTER TABLE log_pending SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)"
    )


def _log() -> None:
    op.create_table(
        "log_head",
        sa.Column("only_one", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("frontier", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        _bytes("root"),
        sa.Column("grown_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("only_one", name=op.f("ck_log_head_only_one")),
        sa.CheckConstraint("size >= 0", name=op.f("ck_log_head_size")),
        sa.PrimaryKeyConstraint("only_one", name=op.f("pk_log_head")),
    )
    op.create_table(
        "log_leaf",
        _key("place"),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        _bytes("entry"),
        _bytes("leaf"),
        _bytes("sm3", nullable=True),
        sa.CheckConstraint("octet_length(leaf) = 32", name=op.f("ck_log_leaf_leaf")),
        sa.ForeignKeyConstraint(["event_id"], ["event_leaf.event_id"], name=op.f("fk_log_leaf_event_id")),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_log_leaf")),
        sa.UniqueConstraint("event_id", name=op.f("uq_log_leaf_event_id")),
    )
    op.create_table(
        "log_checkpoint",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        _bytes("root"),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(root) = 32", name=op.f("ck_log_checkpoint_root")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_checkpoint")),
    )
    op.create_index("ix_log_checkpoint_size", "log_checkpoint", ["size"])
    op.execute(
        "INSERT INTO log_head (epoch, size, frontier, root)"
        f" VALUES (0, 0, '{{}}'::bytea[], decode('{EMPTY_ROOT}', 'hex'))"
    )


def upgrade() -> None:
    """Create the log; events that are there already get their leaves and wait to be the first ones in it."""
    _event_leaf()
    _log()
    for statement in (ENTRY, TRIGGER, ATTACH, LEAVES.format(source="event"), GROWS):
        op.execute(statement)
    op.execute("CREATE TRIGGER log_head_grows BEFORE UPDATE ON log_head FOR EACH ROW EXECUTE FUNCTION log_head_grows()")
    op.execute("CREATE TRIGGER log_head_stays BEFORE DELETE ON log_head FOR EACH ROW EXECUTE FUNCTION refuse_change()")
    for table in ("event_leaf", "log_leaf", "log_checkpoint"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    for table in ("event_leaf", "log_leaf", "log_checkpoint", "log_head"):
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    """There is no way back: a log is never dropped."""
    raise NotImplementedError("the log of the record is never dropped; restore a backup instead")
