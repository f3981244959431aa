"""What the doctor looks at: a module for each part of the surroundings of a store."""

from __future__ import annotations
