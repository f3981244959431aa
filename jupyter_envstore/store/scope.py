"""Lists that show only what somebody may read, as conditions of a query."""

from __future__ import annotations

from ..domain.entities import Scope
from .listing import Where


def within(
    where: Where,
    scope: Scope,
    namespace_column: str = "namespace.name",
    name_column: str | None = None,
) -> Where:
    """Add the conditions of a scope: on a namespace, or with `name_column` on an environment."""
    for limit in scope.limits:
        conditions, values = [], []
        for entity in limit:
            namespace, _, name = entity.partition("/")
            if name_column is None:
                conditions.append(f"{namespace_column} GLOB ?")
                values.append(_glob(namespace))
            else:
                conditions.append(f"({namespace_column} GLOB ? AND {name_column} GLOB ?)")
                values += [_glob(namespace), _glob(name)]
        where = where.also(f"({' OR '.join(conditions) or '0'})", *values)
    return where


def _glob(pattern: str) -> str:
    """Return SQLite's pattern: there a question mark, which names may have, means something."""
    return pattern.replace("?", "[?]")
