"""Faults injected into real builds, and what has to be true after each.

`python -m tests.faults` runs a campaign of them; `test_sample` runs a few with the other tests. The
product knows nothing of this: the processes of a store find `injected/sitecustomize.py` on their
path, which lets the saboteur in if the environment names a plan.
"""
