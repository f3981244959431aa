"""Make a real conda channel out of the running CPython and wheels from PyPI.

Run as ``python -m tools.local_channel --out DIR [--generated]``; see
:mod:`tools.local_channel.__main__`.
"""
