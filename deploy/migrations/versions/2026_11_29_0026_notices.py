"""Notices that fall due by themselves: what was planned, what is told, and to whom over which channel."""

from alembic import op

revision = "2026_11_29_0026"
down_revision = "2026_11_29_0025"
branch_labels = None
depends_on = None

ID = "id bigint GENERATED ALWAYS AS IDENTITY NOT NULL"
TABLES = (
    """
    CREATE TABLE planner_mark (
      name text NOT NULL, since timestamptz NOT NULL,
      CONSTRAINT pk_planner_mark PRIMARY KEY (name),
      CONSTRAINT ck_planner_mark_one_row CHECK (name = 'planner')
    )
    """,
    f"""
    CREATE TABLE planned (
      {ID}, key text NOT NULL, rule text NOT NULL, moment text NOT NULL, government_id bigint, period text NOT NULL,
      day date NOT NULL, due_at timestamptz NOT NULL, done_at timestamptz NOT NULL, superseded boolean NOT NULL,
      notices integer NOT NULL,
      CONSTRAINT pk_planned PRIMARY KEY (id),
      CONSTRAINT uq_planned_key UNIQUE (key),
      CONSTRAINT fk_planned_government_id FOREIGN KEY (government_id) REFERENCES government (id)
    )
    """,
    f"""
    CREATE TABLE notice (
      {ID}, key text NOT NULL, template text NOT NULL, reach text NOT NULL, government_id bigint, body_code text NOT NULL,
      roles text[] NOT NULL DEFAULT '{{}}', subject text NOT NULL, only_if text NOT NULL, address text NOT NULL,
      facts jsonb NOT NULL, clause text NOT NULL, due_at timestamptz NOT NULL, made_at timestamptz NOT NULL,
      state text NOT NULL, told_at timestamptz, reason text NOT NULL DEFAULT '',
      CONSTRAINT pk_notice PRIMARY KEY (id),
      CONSTRAINT uq_notice_key UNIQUE (key),
      CONSTRAINT ck_notice_state CHECK (state IN ('waiting', 'told', 'dropped')),
      CONSTRAINT ck_notice_reach CHECK (reach IN ('body', 'government', 'everywhere')),
      CONSTRAINT fk_notice_government_id FOREIGN KEY (government_id) REFERENCES government (id)
    )
    """,
    f"""
    CREATE TABLE notice_copy (
      {ID}, notice_id bigint NOT NULL, account_id uuid, channel text NOT NULL, title text NOT NULL, body text NOT NULL,
      made_at timestamptz NOT NULL, sent_at timestamptz, read_at timestamptz,
      CONSTRAINT pk_notice_copy PRIMARY KEY (id),
      CONSTRAINT ck_notice_copy_channel CHECK (channel IN ('desk', 'mail', 'sms', 'webhook')),
      CONSTRAINT ck_notice_copy_person CHECK ((account_id IS NULL) = (channel = 'webhook')),
      CONSTRAINT fk_notice_copy_notice_id FOREIGN KEY (notice_id) REFERENCES notice (id),
      CONSTRAINT fk_notice_copy_account_id FOREIGN KEY (account_id) REFERENCES account (id)
    )
    """,
    """
    CREATE TABLE notice_setting (
      account_id uuid NOT NULL, mail text NOT NULL DEFAULT '', phone text NOT NULL DEFAULT '',
      language text NOT NULL DEFAULT 'zh-Hans', muted text[] NOT NULL DEFAULT '{}', changed_at timestamptz NOT NULL,
      CONSTRAINT pk_notice_setting PRIMARY KEY (account_id),
      CONSTRAINT fk_notice_setting_account_id FOREIGN KEY (account_id) REFERENCES account (id)
    )
    """,
)
INDEXES = (
    "CREATE INDEX ix_planned_latest ON planned (due_at, id)",
    "CREATE INDEX ix_planned_government_id ON planned (government_id)",
    "CREATE INDEX ix_notice_latest ON notice (due_at, id)",
    "CREATE INDEX ix_notice_waiting ON notice (due_at) WHERE state = 'waiting'",
    "CREATE INDEX ix_notice_government_id ON notice (government_id)",
    "CREATE UNIQUE INDEX uq_notice_copy_person ON notice_copy (notice_id, account_id, channel)",
    "CREATE UNIQUE INDEX uq_notice_copy_webhook ON notice_copy (notice_id, channel) WHERE account_id IS NULL",
    "CREATE INDEX ix_notice_copy_desk ON notice_copy (account_id, id) WHERE channel = 'desk'",
    "CREATE INDEX ix_notice_copy_unread ON notice_copy (account_id) WHERE channel = 'desk' AND read_at IS NULL",
    "CREATE INDEX ix_notice_copy_unsent ON notice_copy (made_at) WHERE sent_at IS NULL",
)
# What is planned or told stays: it says what whoever answers for a day was told, and when.
STAYS = """
CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def upgrade() -> None:
    """Create the tables and what keeps them."""
    for statement in (*TABLES, *INDEXES):
        op.execute(statement)
    for table in ("planned", "notice", "notice_copy"):
        op.execute(STAYS.format(table=table))
        op.execute(NO_TRUNCATE.format(table=table))


def downgrade() -> None:
    """Drop the tables; what was told by them is told."""
    for table in ("notice_setting", "notice_copy", "notice", "planned", "planner_mark"):
        op.execute(f"DROP TABLE {table}")
