"""Months of the record may leave for the archive, once a bundle holds them, and come back from it (003-33)."""

import sqlalchemy as sa
from alembic import op

revision = "2026_11_29_0027"
down_revision = "2026_11_29_0026"
branch_labels = None
depends_on = None

STAYS = """
CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (SELECT FROM archive_event a WHERE a.event_id = OLD.{key}) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
# What is in a bundle and under the head that the bundle was checked with. A matter leaves when it is closed and has rested
# since before the limit; of anything else the newest act of each kind stays, so that numbers go on and the state is known.
REMOVE = """
CREATE FUNCTION archive_remove(bundle bigint, before timestamptz) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  ripe bigint[] := ARRAY(
    SELECT e.id FROM archive_event a
    JOIN archive_bundle b ON b.id = a.bundle_id JOIN event e ON e.id = a.event_id JOIN log_leaf g ON g.event_id = e.id
    WHERE a.bundle_id = bundle AND e.at < before AND g.place < b.size AND CASE
      WHEN starts_with(e.stream, 'matter:') THEN
        EXISTS (SELECT FROM matter m WHERE m.id = substr(e.stream, 8)::bigint AND m.phase IN ('closed', 'archived'))
        AND NOT EXISTS (SELECT FROM event f WHERE f.stream = e.stream AND f.at >= before)
      ELSE EXISTS (SELECT FROM event f WHERE f.stream = e.stream AND f.kind = e.kind AND f.seq > e.seq) END);
BEGIN
  DELETE FROM event_leaf WHERE event_id = ANY(ripe);
  DELETE FROM event WHERE id = ANY(ripe);
  RETURN cardinality(ripe);
END $$
"""
# Nothing comes back but what the log says: the entry is made anew out of what is brought, and compared.
BRING_BACK = r"""
CREATE FUNCTION archive_bring_back(
  bundle bigint, ids bigint[], salts bytea[], streams text[], seqs integer[], kinds text[], codes text[],
  ats timestamptz[], actors uuid[], names text[], bodies text[]
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  back bigint[];
BEGIN
  WITH given AS (
    SELECT * FROM unnest(ids, salts, streams, seqs, kinds, codes, ats, actors, names, bodies)
      AS n (id, salt, stream, seq, kind, body_code, at, actor_id, actor_name, body)
  ), fresh AS (
    INSERT INTO event (id, stream, seq, kind, actor_id, actor_name, body_code, at, body) OVERRIDING SYSTEM VALUE
    SELECT n.id, n.stream, n.seq, n.kind, n.actor_id, n.actor_name, n.body_code, n.at, n.body
    FROM given n JOIN archive_event a ON a.event_id = n.id AND a.bundle_id = bundle
    WHERE NOT EXISTS (SELECT FROM event e WHERE e.id = n.id) RETURNING id
  ) SELECT coalesce(array_agg(id), '{}') INTO back FROM fresh;
  INSERT INTO event_leaf (event_id, salt, entry, leaf)
  SELECT e.id, n.salt, m.entry, sha256('\x00'::bytea || m.entry)
  FROM unnest(ids, salts) AS n (id, salt) JOIN event e ON e.id = n.id,
    LATERAL (SELECT log_entry(e.stream, e.seq, e.kind, e.body_code, e.at, e.actor_id, e.actor_name, e.body, n.salt) AS entry) m
  WHERE e.id = ANY(back);
  IF EXISTS (SELECT FROM unnest(back) n (id) LEFT JOIN event_leaf l ON l.event_id = n.id
             LEFT JOIN log_leaf g ON g.event_id = n.id AND g.entry = l.entry WHERE g.place IS NULL) THEN
    RAISE EXCEPTION 'an act of the bundle is not what the log says' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN cardinality(back);
END $$
"""
# An act that comes back has its leaf; every other one gets one, with a salt that nobody chose.
TRIGGER = r"""
CREATE OR REPLACE FUNCTION event_gets_leaf() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  WITH salted AS MATERIALIZED (
    SELECT e.*, substring(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())) FROM 1 FOR 16) AS salt
    FROM fresh e WHERE NOT EXISTS (SELECT FROM archive_event a WHERE a.event_id = e.id)
  ),
  made AS MATERIALIZED (
    SELECT id, salt, log_entry(stream, seq, kind, body_code, at, actor_id, actor_name, body, salt) AS entry FROM salted
  ),
  kept AS (
    INSERT INTO event_leaf (event_id, salt, entry, leaf)
    SELECT id, salt, entry, sha256('\x00'::bytea || entry) FROM made ORDER BY id
  )
  INSERT INTO log_pending (event_id, entry) SELECT id, entry FROM made ORDER BY id;
  RETURN NULL;
END $$
"""


def _bundle() -> None:
    op.create_table(
        "archive_bundle",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("sm3", sa.LargeBinary(), nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("first_place", sa.BigInteger(), nullable=False),
        sa.Column("end_place", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("octet_length(sha256) = 32", name=op.f("ck_archive_bundle_sha256")),
        sa.CheckConstraint(
            "0 <= first_place AND first_place < end_place AND end_place <= size", name=op.f("ck_archive_bundle_places")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_bundle")),
        sa.UniqueConstraint("month", name=op.f("uq_archive_bundle_month")),
        sa.UniqueConstraint("name", name=op.f("uq_archive_bundle_name")),
    )


def _event() -> None:
    op.create_table(
        "archive_event",
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bundle_id", sa.BigInteger(), nullable=False),
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["bundle_id"], ["archive_bundle.id"], name=op.f("fk_archive_event_bundle_id")),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_archive_event")),
        sa.UniqueConstraint("stream", "seq", name=op.f("uq_archive_event_stream_seq")),
    )
    op.create_index(op.f("ix_archive_event_bundle_id"), "archive_event", ["bundle_id"])


def upgrade() -> None:
    """Create both tables, and let go what they hold."""
    _bundle()
    _event()
    for table in ("archive_bundle", "archive_event"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.drop_constraint("fk_log_leaf_event_id", "log_leaf", type_="foreignkey")
    for table, key in (("event", "id"), ("event_leaf", "event_id")):
        op.execute(STAYS.format(table=table, key=key))
        op.execute(
            f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_stays()"
        )
    for statement in (REMOVE, BRING_BACK, TRIGGER):
        op.execute(statement)


def downgrade() -> None:
    """There is no way back: what has left for the archive would be lost."""
    raise NotImplementedError("acts that are in the archive cannot be forgotten; restore a backup instead")
