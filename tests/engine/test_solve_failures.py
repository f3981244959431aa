"""What people are told when their match specs cannot be satisfied."""

from __future__ import annotations

from .running import Workshop
from .tiny_channel import TinyChannel


def test_a_misspelt_name_is_met_with_the_right_one(tiny: TinyChannel, workshop: Workshop) -> None:
    for name in ("numpy", "pandas", "scipy"):
        tiny.add(name)
    order = workshop.order("pandas", "nunpy >=1", places=("dependencies[0]", "dependencies[3]"))
    outcome = workshop.start(order).wait()
    refused = outcome.refused
    assert refused.kind == "missing-package"
    assert "'nunpy'" in refused.message
    assert "'nunpy >=1'" in refused.message
    assert refused.suggestions == ("numpy",)
    assert "numpy" in (refused.hint or "")
    (problem,) = refused.problems
    assert problem.place == "dependencies[3]"
    assert problem.instead == ("numpy >=1",)
    assert problem.missing == "nunpy"
    assert refused.message in outcome.log
    assert (refused.explanation or "?") in outcome.log
    assert not outcome.prefix.exists()


def test_a_version_that_does_not_exist(tiny: TinyChannel, workshop: Workshop) -> None:
    for version in ("1.9", "1.10", "2.0"):
        tiny.add("numpy", version)
    refused = workshop.build("numpy >=99").refused
    assert refused.kind == "unsatisfiable"
    assert "'numpy >=99'" in refused.message
    assert "2.0, 1.10, 1.9" in refused.message
    assert refused.suggestions[0] == "numpy 2.0"
    (problem,) = refused.problems
    assert problem.instead == ("numpy=2.0", "numpy=1.10", "numpy=1.9", "numpy")
    for match_spec in problem.instead:
        assert workshop.build(match_spec).finished


def test_the_own_match_spec_that_excludes_a_candidate(
    tiny: TinyChannel, workshop: Workshop
) -> None:
    tiny.add("python", "3.12.0")
    tiny.add("python", "3.13.0")
    tiny.add("numpy", "1.26.4", depends=["python >=3.12,<3.13.0a0"])
    refused = workshop.build("python 3.13.*", "numpy 1.26.*").refused
    assert refused.kind == "unsatisfiable"
    assert "numpy 1.26.4 needs python >=3.12,<3.13.0a0" in refused.message
    assert "'python 3.13.*'" in refused.message
    assert refused.problems[0].place == "dependencies[0]"
    assert refused.problems[0].instead == ("python",)
    assert workshop.build("python", "numpy 1.26.*").finished


def test_match_specs_that_exclude_each_other(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("lib", "1.0")
    tiny.add("lib", "2.0")
    tiny.add("app", "1.0", depends=["lib >=1,<2"])
    tiny.add("tool", "1.0", depends=["lib >=2"])
    refused = workshop.build("app", "tool").refused
    assert refused.kind == "unsatisfiable"
    assert "'app'" in refused.message
    assert "'tool'" in refused.message
    assert {problem.place for problem in refused.problems} == {
        "dependencies[0]",
        "dependencies[1]",
    }
    assert "lib >=2" in (refused.explanation or "")


def test_a_need_that_no_channel_has(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("fine")
    tiny.add("app", depends=["middle"])
    tiny.add("middle", "1.0", depends=["python >=3.9"])
    tiny.add("middle", "2.0", depends=["python >=3.10"])
    refused = workshop.build("fine", "app").refused
    assert refused.kind == "missing-package"
    assert refused.message == (
        "middle 2.0 needs python >=3.10, which no channel of this environment has."
    )
    assert refused.hint == "Add a channel that has python, or ask for another middle."
    (problem,) = refused.problems
    assert (problem.place, problem.missing) == ("dependencies[1]", "python")


def test_a_property_that_the_machine_does_not_have(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("gpu", depends=["__cuda >=99"])
    refused = workshop.build("gpu").refused
    assert refused.kind == "unsatisfiable"
    assert "__cuda" in refused.message
    assert "CONDA_OVERRIDE_CUDA" in (refused.hint or "")


def test_variables_of_the_specification_override_the_machine(
    tiny: TinyChannel, workshop: Workshop
) -> None:
    tiny.add("gpu", depends=["__cuda >=99"])
    assert workshop.build("gpu", variables={"CONDA_OVERRIDE_CUDA": "99.1"}).finished


def test_a_match_spec_that_is_none(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("numpy")
    refused = workshop.build("numpy", "numpy==1.0==2").refused
    assert refused.problems[0].place == "dependencies[1]"


def test_a_channel_may_be_named_in_the_match_spec(tiny: TinyChannel, workshop: Workshop) -> None:
    tiny.add("numpy")
    assert tiny.url.endswith("/channel")
    assert workshop.build("channel::numpy").finished


def test_channels_have_strict_priority(tiny: TinyChannel, workshop: Workshop) -> None:
    second = TinyChannel(tiny.directory.with_name("second"))
    tiny.add("numpy", "1.0")
    second.add("numpy", "2.0")
    workshop.channels = (tiny.url, second.url)
    outcome = workshop.build("numpy")
    assert outcome.finished
    assert (outcome.prefix / "conda-meta/numpy-1.0-0.json").is_file()

    refused = workshop.build("numpy 2.*").refused
    assert refused.kind == "unsatisfiable"
    assert f"'numpy 2.*' is only in the channel {second.url}" in refused.message

    (suggestion,) = refused.suggestions
    assert refused.problems[0].instead == (suggestion,)
    assert workshop.build(suggestion).finished
    assert workshop.build("second::numpy").finished
