"""What triggers write into the journal, as pieces of SQL."""

from __future__ import annotations

NOW = "strftime('%Y-%m-%dT%H:%M:%f', 'now')"


BUILD_ROW = """
    SELECT {now}, 'build', namespace.name, environment.name, NEW.id, NEW.status
    FROM environment JOIN namespace ON namespace.id = environment.namespace_id
    WHERE environment.id = NEW.environment_id
"""

INTO_JOURNAL = "INSERT INTO journal (at, kind, namespace, environment, build_id, status)"
