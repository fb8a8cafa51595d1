"""${message}."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Bring the schema to this revision. Application code is never imported here: it changes, a migration does not."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Not offered: what the library holds is never dropped."""
    raise NotImplementedError("the library is never dropped; restore a backup instead")
