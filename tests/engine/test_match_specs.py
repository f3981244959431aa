from __future__ import annotations

import pytest

from jupyter_envstore.engine.match_specs import (
    match_spec_channel,
    match_spec_name,
    match_spec_problem,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("numpy", "numpy"),
        ("NumPy", "numpy"),
        ("numpy 1.26", "numpy"),
        ("numpy=1.26", "numpy"),
        ("numpy==1.26", "numpy"),
        ("numpy >=1.8, <2", "numpy"),
        ("numpy=1.26.*=*_0", "numpy"),
        ("python 3.13.* *_cp313", "python"),
        ("conda-forge::numpy", "numpy"),
        ("conda-forge/linux-64::numpy=1.26", "numpy"),
        ("numpy[version='>=1.0', build='py*']", "numpy"),
        ("https://example.org/c/linux-64/numpy-1.26.4-py311_0.conda", "numpy"),
        ("_libgcc_mutex", "_libgcc_mutex"),
    ],
)
def test_what_conda_reads_is_read(text: str, name: str) -> None:
    assert match_spec_problem(text) is None
    assert match_spec_name(text) == name


@pytest.mark.parametrize(
    "text",
    [
        "",
        "numpy==1.0==2",
        "a b c d",
        "numpy>=",
        "numpy[",
        "nu mpy >",
        "numpy=>1.2",
        "foo\nbar",
        "git+https://example.org/x",
        "numpy 1.2.3.b!!",
    ],
)
def test_what_is_not_a_match_spec_is_explained(text: str) -> None:
    problem = match_spec_problem(text)
    assert problem is not None
    assert problem.endswith(".")
    assert "\n" not in problem
    assert match_spec_name(text) is None


@pytest.mark.parametrize(
    ("text", "channel"),
    [
        ("numpy>=1", None),
        ("conda-forge::numpy", "conda-forge"),
        ("conda-forge/linux-64::numpy", "conda-forge"),
        ("conda-forge/label/dev::numpy", "conda-forge/label/dev"),
        ("defaults:ns:numpy", "defaults"),
        ("numpy[channel=conda-forge]", "conda-forge"),
        ("one::numpy[channel=two]", "two"),
        ("https://example.org/c/noarch::numpy", "https://example.org/c"),
        ("https://conda.anaconda.org/c::numpy", "https://conda.anaconda.org/c"),
        ("https://example.org/c/linux-64/numpy-1-0.conda", "https://example.org/c"),
        ("numpy[url='https://example.org/c/noarch/numpy-1-0.tar.bz2']", "https://example.org/c"),
        ("https://example.org/numpy-1-0.conda", "https://example.org/numpy-1-0.conda"),
        ("numpy==1.0==2", None),
    ],
)
def test_the_channel_that_a_match_spec_insists_on(text, channel):
    assert match_spec_channel(text) == channel
