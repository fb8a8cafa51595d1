"""Supervision: versions of rules, what is watched of matters, alerts that only rise, and the sweeps (003-36, 003-37)."""

from alembic import op

revision = "2026_11_29_0024"
down_revision = "2026_11_29_0023"
branch_labels = None
depends_on = None

APPEND_ONLY = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse_change()
"""
NO_TRUNCATE = """
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""
ID = "id bigint GENERATED ALWAYS AS IDENTITY NOT NULL"
RULE = f"""
CREATE TABLE supervision_rule (
  {ID}, code text NOT NULL, version integer NOT NULL, state text NOT NULL, document jsonb NOT NULL,
  digest bytea NOT NULL, shipped boolean NOT NULL DEFAULT false, recorded_at timestamptz NOT NULL,
  recorded_by text NOT NULL DEFAULT '',
  CONSTRAINT pk_supervision_rule PRIMARY KEY (id),
  CONSTRAINT uq_supervision_rule_code_version UNIQUE (code, version),
  CONSTRAINT ck_supervision_rule_state CHECK (state IN ('draft', 'on_trial', 'active', 'retired')),
  CONSTRAINT ck_supervision_rule_digest CHECK (octet_length(digest) = 32)
)
"""
WATCHED = """
CREATE TABLE watched_matter (
  matter_id bigint NOT NULL, seq integer NOT NULL, kind text NOT NULL, category text NOT NULL,
  government_id bigint NOT NULL, body_code text NOT NULL, undertaker text NOT NULL, item_code text NOT NULL,
  title text NOT NULL, ending text NOT NULL, opened_on date NOT NULL, accepted_on date, decided_on date, closed_on date,
  late_limits text[] NOT NULL DEFAULT '{}', late_names text[] NOT NULL DEFAULT '{}',
  late_levels smallint[] NOT NULL DEFAULT '{}', late_steps text[] NOT NULL DEFAULT '{}',
  late_step_names text[] NOT NULL DEFAULT '{}', supplements integer NOT NULL DEFAULT 0,
  supplements_late integer NOT NULL DEFAULT 0, returned integer NOT NULL DEFAULT 0,
  returned_name text NOT NULL DEFAULT '', suspensions integer NOT NULL DEFAULT 0,
  missing_materials text[] NOT NULL DEFAULT '{}', summary_missing boolean NOT NULL DEFAULT false,
  acceptance_notice_missing boolean NOT NULL DEFAULT false, result_missing boolean NOT NULL DEFAULT false,
  process_missing boolean NOT NULL DEFAULT false, decision_text_missing boolean NOT NULL DEFAULT false,
  order_wrong text NOT NULL DEFAULT '', fee_deviation numeric(12, 2), fee_name text NOT NULL DEFAULT '',
  tier_deviations integer NOT NULL DEFAULT 0, asked_until date,
  CONSTRAINT pk_watched_matter PRIMARY KEY (matter_id),
  CONSTRAINT fk_watched_matter_matter_id FOREIGN KEY (matter_id) REFERENCES matter (id),
  CONSTRAINT fk_watched_matter_government_id FOREIGN KEY (government_id) REFERENCES government (id)
)
"""
ALERT = f"""
CREATE TABLE alert (
  {ID}, rule_code text NOT NULL, rule_id bigint NOT NULL, kind text NOT NULL, grade text NOT NULL,
  rank smallint NOT NULL, subject text NOT NULL, subject_key text NOT NULL, occasion text NOT NULL DEFAULT '',
  matter_id bigint, item_code text NOT NULL DEFAULT '', body_code text NOT NULL DEFAULT '',
  government_id bigint NOT NULL, measure numeric(12, 2) NOT NULL, detail text NOT NULL DEFAULT '',
  message text NOT NULL, trial boolean NOT NULL DEFAULT false, state text NOT NULL DEFAULT 'open',
  seq integer NOT NULL DEFAULT 1, opened_at timestamptz NOT NULL, changed_at timestamptz NOT NULL,
  lifted_at timestamptz, lifted_by text NOT NULL DEFAULT '', lift_ground text NOT NULL DEFAULT '',
  lift_reason text NOT NULL DEFAULT '', case_id bigint,
  CONSTRAINT pk_alert PRIMARY KEY (id),
  CONSTRAINT uq_alert_rule_code_subject_subject_key_occasion UNIQUE (rule_code, subject, subject_key, occasion),
  CONSTRAINT ck_alert_kind CHECK
    (kind IN ('time', 'flow', 'content', 'discretion', 'risk', 'disclosure', 'silence')),
  CONSTRAINT ck_alert_grade CHECK (grade IN ('reminder', 'warning', 'alarm')),
  CONSTRAINT ck_alert_state CHECK (state IN ('open', 'lifted')),
  CONSTRAINT ck_alert_subject CHECK (subject IN ('matter', 'item', 'body', 'rule', 'system')),
  CONSTRAINT ck_alert_lifted CHECK ((state = 'lifted') = (lifted_at IS NOT NULL)),
  CONSTRAINT fk_alert_rule_id FOREIGN KEY (rule_id) REFERENCES supervision_rule (id),
  CONSTRAINT fk_alert_matter_id FOREIGN KEY (matter_id) REFERENCES matter (id),
  CONSTRAINT fk_alert_government_id FOREIGN KEY (government_id) REFERENCES government (id),
  CONSTRAINT fk_alert_case_id FOREIGN KEY (case_id) REFERENCES matter (id)
)
"""
# 003-37 and R19 of the table: what was found stays found. A grade rises, an alert is lifted with its ground, and no more.
ONLY_RISES = """
CREATE FUNCTION alert_only_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND NEW.rank >= OLD.rank AND NEW.seq = OLD.seq + 1
     AND (NEW.id, NEW.rule_code, NEW.kind, NEW.subject, NEW.subject_key, NEW.occasion, NEW.item_code, NEW.body_code,
          NEW.government_id, NEW.trial, NEW.opened_at)
       = (OLD.id, OLD.rule_code, OLD.kind, OLD.subject, OLD.subject_key, OLD.occasion, OLD.item_code, OLD.body_code,
          OLD.government_id, OLD.trial, OLD.opened_at)
     AND NEW.matter_id IS NOT DISTINCT FROM OLD.matter_id THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an alert rises or is lifted, and never goes' USING ERRCODE = 'integrity_constraint_violation';
END $$
"""
RISES = """
CREATE TRIGGER alert_only_rises BEFORE UPDATE OR DELETE ON alert FOR EACH ROW EXECUTE FUNCTION alert_only_rises()
"""
SWEEP = f"""
CREATE TABLE supervision_sweep (
  {ID}, started_at timestamptz NOT NULL, ended_at timestamptz NOT NULL, matters integer NOT NULL,
  opened integer NOT NULL, risen integer NOT NULL,
  CONSTRAINT pk_supervision_sweep PRIMARY KEY (id)
)
"""
INDEXES = (
    "CREATE INDEX ix_watched_matter_body ON watched_matter (body_code, opened_on)",
    "CREATE INDEX ix_alert_open ON alert (government_id, rank, changed_at, id) WHERE state = 'open'",
    "CREATE INDEX ix_alert_latest ON alert (changed_at, id)",
    "CREATE INDEX ix_alert_matter ON alert (matter_id) WHERE matter_id IS NOT NULL",
    "CREATE INDEX ix_alert_body ON alert (body_code, opened_at)",
    "CREATE INDEX ix_alert_case ON alert (case_id) WHERE case_id IS NOT NULL",
    "CREATE INDEX ix_supervision_sweep_ended ON supervision_sweep (ended_at)",
)


def upgrade() -> None:
    """Create the tables with what protects them."""
    for statement in (RULE, WATCHED, ALERT, SWEEP, *INDEXES, ONLY_RISES, RISES):
        op.execute(statement)
    for table in ("supervision_rule", "supervision_sweep"):
        op.execute(APPEND_ONLY.format(table=table))
    for table in ("supervision_rule", "supervision_sweep", "alert"):
        op.execute(NO_TRUNCATE.format(table=table))


def downgrade() -> None:
    """Drop them."""
    for table in ("supervision_sweep", "alert", "watched_matter", "supervision_rule"):
        op.drop_table(table)
    op.execute("DROP FUNCTION alert_only_rises()")
