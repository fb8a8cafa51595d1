"""意见征集: what an office asks, what it was told without anybody's name, who wants to speak at a hearing (002-4.2.8)."""

from alembic import op

revision = "2026_11_29_0033"
down_revision = "2026_11_29_0032"
branch_labels = None
depends_on = None

NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
ID = "id bigint GENERATED ALWAYS AS IDENTITY NOT NULL"
CALL = f"""
CREATE TABLE opinion_call (
  {ID}, government_id bigint NOT NULL, body_code text NOT NULL, title text NOT NULL, content text NOT NULL,
  questions jsonb NOT NULL, closes_on date NOT NULL, hearing_at timestamptz, hearing_place text NOT NULL DEFAULT '',
  published_at timestamptz NOT NULL, key_hash bytea NOT NULL, conclusion text NOT NULL DEFAULT '',
  concluded_at timestamptz, received integer, results jsonb,
  CONSTRAINT pk_opinion_call PRIMARY KEY (id),
  CONSTRAINT uq_opinion_call_key_hash UNIQUE (key_hash),
  CONSTRAINT ck_opinion_call_conclusion CHECK ((concluded_at IS NULL) = (conclusion = '')),
  CONSTRAINT ck_opinion_call_hearing CHECK ((hearing_at IS NULL) = (hearing_place = '')),
  CONSTRAINT fk_opinion_call_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
COMMENT = f"""
CREATE TABLE opinion_comment (
  {ID}, call_id bigint NOT NULL, key_hash bytea NOT NULL, said text NOT NULL, answers jsonb NOT NULL,
  at timestamptz NOT NULL, shown text NOT NULL DEFAULT '', reply text NOT NULL DEFAULT '', replied_at timestamptz,
  CONSTRAINT pk_opinion_comment PRIMARY KEY (id),
  CONSTRAINT uq_opinion_comment_call_id_key_hash UNIQUE (call_id, key_hash),
  CONSTRAINT ck_opinion_comment_reply CHECK ((replied_at IS NULL) = (reply = '')),
  CONSTRAINT ck_opinion_comment_shown CHECK ((replied_at IS NULL) = (shown = '')),
  CONSTRAINT fk_opinion_comment_call_id FOREIGN KEY (call_id) REFERENCES opinion_call (id)
)
"""
ATTENDANCE = f"""
CREATE TABLE opinion_attendance (
  {ID}, call_id bigint NOT NULL, key_hash bytea NOT NULL, side text NOT NULL, sealed bytea NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT pk_opinion_attendance PRIMARY KEY (id),
  CONSTRAINT uq_opinion_attendance_call_id_key_hash UNIQUE (call_id, key_hash),
  CONSTRAINT ck_opinion_attendance_side CHECK (side IN ('for', 'against', 'neither')),
  CONSTRAINT fk_opinion_attendance_call_id FOREIGN KEY (call_id) REFERENCES opinion_call (id)
)
"""
INDEXES = (
    "CREATE INDEX ix_opinion_call_government_id ON opinion_call (government_id)",
    "CREATE INDEX ix_opinion_call_latest ON opinion_call (closes_on, id)",
    "CREATE INDEX ix_opinion_call_body ON opinion_call (body_code, closes_on, id)",
    "CREATE INDEX ix_opinion_comment_call ON opinion_comment (call_id, id)",
    "CREATE INDEX ix_opinion_comment_shown ON opinion_comment (call_id, replied_at, id) WHERE replied_at IS NOT NULL",
)
# What was asked and told stays; an answer is added once.
ONCE = """
CREATE FUNCTION {table}_is_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.{at} IS NULL AND NEW.{at} IS NOT NULL
     AND to_jsonb(NEW) - '{{{added}}}'::text[] = to_jsonb(OLD) - '{{{added}}}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was asked or told stays, and is answered once' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
ANSWERED = """
CREATE TRIGGER {table}_is_answered_once BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION {table}_is_answered_once()
"""
STAYS = """
CREATE TRIGGER opinion_attendance_stays BEFORE DELETE ON opinion_attendance
FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
# Comments that nobody has answered are not public, so they change no public page.
NOTED = (
    """
    CREATE TRIGGER opinion_call_public AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON opinion_call
    FOR EACH STATEMENT EXECUTE FUNCTION note_public_change()
    """,
    """
    CREATE TRIGGER opinion_comment_public AFTER UPDATE OR DELETE OR TRUNCATE ON opinion_comment
    FOR EACH STATEMENT EXECUTE FUNCTION note_public_change()
    """,
)
ADDED = {
    "opinion_call": ("concluded_at", "conclusion,concluded_at,received,results"),
    "opinion_comment": ("replied_at", "shown,reply,replied_at"),
}


def upgrade() -> None:
    """Create the tables with what protects them."""
    for statement in (CALL, COMMENT, ATTENDANCE, *INDEXES, STAYS, *NOTED):
        op.execute(statement)
    for table, (at, added) in ADDED.items():
        op.execute(ONCE.format(table=table, at=at, added=added))
        op.execute(ANSWERED.format(table=table))
    for table in ("opinion_call", "opinion_comment", "opinion_attendance"):
        op.execute(NO_TRUNCATE.format(table=table))


def downgrade() -> None:
    """Drop them."""
    for table in ("opinion_attendance", "opinion_comment", "opinion_call"):
        op.execute(f"DROP TABLE {table}")
    for table in ADDED:
        op.execute(f"DROP FUNCTION {table}_is_answered_once()")
