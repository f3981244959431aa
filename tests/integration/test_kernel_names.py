from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_envstore.domain.names import MAX_NAME_BYTES as MAX_ENVIRONMENT_NAME
from jupyter_envstore.domain.names import name_problem
from jupyter_envstore.integration.kernel_names import (
    MAX_NAME_BYTES,
    KernelNaming,
    check_name_format,
    kernel_name,
)

# jupyter_client.kernelspec, and the stricter rule that it lower-cases what it lists.
VALID = re.compile(r"[a-z0-9._\-]+")

names = st.from_regex(r"[A-Za-z0-9\-+_@$&?^~.=]+", fullmatch=True).filter(
    lambda name: name_problem(name) is None
)
# Parts that collide as soon as joining or slugging is careless.
tricky = st.text("aA-._@0", min_size=1, max_size=6).filter(lambda name: name_problem(name) is None)
long = st.text("ab-", min_size=60, max_size=MAX_ENVIRONMENT_NAME)
parts = st.tuples(names | tricky | long, names | tricky | long, st.text(min_size=1) | tricky)


@settings(deadline=None)
@given(parts)
def test_a_name_is_valid_short_and_stable(triple):
    name = kernel_name(*triple)
    assert VALID.fullmatch(name)
    assert len(name.encode()) <= MAX_NAME_BYTES
    assert name.startswith("envstore-")
    assert name == kernel_name(*triple)


@settings(deadline=None)
@given(st.sets(parts, min_size=2, max_size=8))
def test_distinct_kernels_have_distinct_names(triples):
    assert len({kernel_name(*triple) for triple in triples}) == len(triples)


@settings(deadline=None)
@given(st.sets(st.tuples(parts, st.none() | st.integers(1, 12)), min_size=2, max_size=8))
def test_kernels_of_one_build_alone_are_told_from_all_others(kernels):
    names = {kernel_name(*triple, build_id) for triple, build_id in kernels}
    assert len(names) == len(kernels)


def test_the_kernel_of_one_build_alone_says_which():
    assert kernel_name("bob", "data", "python3", 12) == "envstore-bob-data-python3-b12"
    # This one would be that of build 12, if its name were not changed.
    assert kernel_name("bob", "data-python3", "b12") != "envstore-bob-data-python3-b12"


def test_plain_names_are_readable():
    assert kernel_name("bob", "data-science", "python3") == "envstore-bob-data-science-python3"
    assert kernel_name("default", "geo", "ir") == "envstore-default-geo-ir"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("a-b", "c", "ir"), ("a", "b-c", "ir")),
        (("a", "b", "c-ir"), ("a", "b-c", "ir")),
        (("A", "b", "ir"), ("a", "b", "ir")),
        (("a@", "b", "ir"), ("a", "b", "ir")),
        (("a" * 200, "b" * 200, "ir"), ("a" * 200, "b" * 200, "ir2")),
    ],
)
def test_names_that_joining_or_slugging_would_confuse(one, other):
    assert kernel_name(*one) != kernel_name(*other)


def test_a_kernel_named_like_a_hash_cannot_take_a_hashed_name():
    hashed = kernel_name("Bob", "x", "ir")
    digest = hashed.rsplit("-", 1)[1]
    assert kernel_name("bob", "x-ir", digest) != hashed


def show(naming, raw=("python3", "python", "Python 3"), taken=(), namespace="bob"):
    return naming.display_name(namespace, "data", *raw, taken)


def test_display_names():
    naming = KernelNaming()
    ir = ("ir", "R", "R 4")
    assert show(naming) == "data (bob)"
    assert show(naming, ir) == "data · R (bob)"
    assert show(naming, ("bash", "bash", "Bash")) == "data · Bash (bob)"
    assert show(naming, ir, {"data · R (bob)"}) == "data · R 4 (bob)"
    assert show(naming, taken={"data (bob)"}) == "data · Python 3 (bob)"
    everything = {"data (bob)", "data · Python 3 (bob)", "data · python3 (bob)"}
    assert show(naming, taken=everything) == "data (bob) [envstore-bob-data-python3]"
    assert show(naming, ("odd", "", "Odd one")) == "data (bob)"


def test_display_names_of_one_build_alone():
    naming = KernelNaming()
    assert naming.display_name("bob", "data", "ir", "R", "R 4", (), 12) == (
        "data · R · build 12 (bob)"
    )
    short = KernelNaming(name_format="{environment}")
    assert short.display_name("bob", "data", "ir", "R", "R 4", {"data"}, 12) == "data · build 12"


def test_the_own_namespace_is_left_out():
    naming = KernelNaming(own_namespace="bob")
    assert show(naming) == "data"
    assert show(naming, ("ir", "R", "R 4")) == "data · R"
    assert show(naming, namespace="team") == "data (team)"


def test_a_site_may_choose_the_format():
    naming = KernelNaming(name_format="{language} [{namespace}/{environment}] {kernel}")
    assert show(naming) == "Python [bob/data] python3"
    short = KernelNaming(name_format="{environment}")
    assert show(short, taken={"data"}) == "data [envstore-bob-data-python3]"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{namespace}", "does not use {environment}"),
        ("{environment} {build}", "unknown key {build}; it may use {display_name}, "),
        ("{environment", "cannot be read"),
        ("{environment:q}", "cannot be read"),
        ("{environment} {}", "unknown key {}"),
        ("{environment.x}", "unknown key {environment.x}"),
    ],
)
def test_a_format_that_names_nothing_is_refused_at_start(template, reason):
    with pytest.raises(ValueError, match=re.escape(reason)):
        KernelNaming(name_format=template)
    check_name_format("{environment} {{literally}}")
