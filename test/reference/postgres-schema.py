"""The schema that MLflow makes in PostgreSQL at revision cbc13b556ace, as the database tells it.

    python postgres-schema.py postgresql+psycopg2://user@host/empty-database > postgres-schema.json
"""

import json
import sys

import mlflow
from alembic import command
from mlflow.store.db.utils import _get_alembic_config
from mlflow.store.tracking.dbmodels.initial_models import Base
from sqlalchemy import create_engine, text

REVISION = "cbc13b556ace"
# The same statements as in src/tracking/postgres-store.test.ts.
QUERIES = {
    "columns": """select table_name || '.' || column_name || ' ' || data_type
        || coalesce('(' || character_maximum_length || ')', '') || ' ' || is_nullable
        || coalesce(' ' || column_default, '') as line
        from information_schema.columns where table_schema = 'public'""",
    "constraints": """select conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) as line
        from pg_constraint where connamespace = 'public'::regnamespace""",
    "indexes": "select indexdef as line from pg_indexes where schemaname = 'public'",
}

engine = create_engine(sys.argv[1])
Base.metadata.create_all(engine)
config = _get_alembic_config(sys.argv[1])
with engine.begin() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)

with engine.connect() as connection:
    schema = {
        name: sorted(row.line for row in connection.execute(text(query))) for name, query in QUERIES.items()
    }
print(json.dumps({"mlflow": mlflow.__version__, "revision": REVISION, **schema}, indent=2))
