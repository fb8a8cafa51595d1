"""Rules of the supervisors' own: trials of rules, and matters of which an expression says nothing (003-37)."""

from alembic import op

revision = "2026_11_29_0031"
down_revision = "2026_11_29_0030"
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
BACKTEST = """
CREATE TABLE supervision_backtest (
  id bigint GENERATED ALWAYS AS IDENTITY NOT NULL, rule_code text NOT NULL, content bytea NOT NULL,
  government_id bigint NOT NULL, first_day date NOT NULL, last_day date NOT NULL, document jsonb NOT NULL,
  tried_at timestamptz NOT NULL, tried_by text NOT NULL DEFAULT '',
  CONSTRAINT pk_supervision_backtest PRIMARY KEY (id),
  CONSTRAINT ck_supervision_backtest_content CHECK (octet_length(content) = 32)
)
"""
FAULT = """
CREATE TABLE expression_fault (
  rule_id bigint NOT NULL, matter_id bigint NOT NULL, reason text NOT NULL, noted_at timestamptz NOT NULL,
  CONSTRAINT pk_expression_fault PRIMARY KEY (rule_id, matter_id),
  CONSTRAINT fk_expression_fault_rule_id FOREIGN KEY (rule_id) REFERENCES supervision_rule (id),
  CONSTRAINT fk_expression_fault_matter_id FOREIGN KEY (matter_id) REFERENCES matter (id)
)
"""
INDEX = "CREATE INDEX ix_supervision_backtest_rule ON supervision_backtest (rule_code, government_id, id)"


def upgrade() -> None:
    """Create the tables with what protects them."""
    for statement in (BACKTEST, FAULT, INDEX):
        op.execute(statement)
    for table in ("supervision_backtest", "expression_fault"):
        op.execute(APPEND_ONLY.format(table=table))
        op.execute(NO_TRUNCATE.format(table=table))


def downgrade() -> None:
    """Drop them."""
    for table in ("expression_fault", "supervision_backtest"):
        op.drop_table(table)
