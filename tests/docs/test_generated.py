"""The parts of pages that are made from the code are made from the code as it is."""

from __future__ import annotations

import pytest

from jupyter_envstore.domain.build import BuildStatus
from tools import generate
from tools.lifecycle_table import FACTS, lifecycle_diagram, lifecycle_table


def test_the_life_of_a_build_is_told_as_the_code_has_it():
    page = (generate.ROOT / generate.LIFECYCLE).read_text(encoding="utf-8")
    assert lifecycle_table() in page
    assert lifecycle_diagram() in page


def test_the_table_has_every_status_and_every_fact():
    heading, _, *rows = lifecycle_table().splitlines()
    assert [cell.strip() for cell in heading.split("|")[2:-1]] == list(FACTS)
    firsts = ", ".join(row.split("|")[1] for row in rows)
    assert all(status.value in firsts for status in BuildStatus)


def test_an_ended_build_has_no_way_out_in_the_diagram():
    arrows = [line.split() for line in lifecycle_diagram().splitlines() if " --> " in line]
    ways_out = {start: end for start, _, end, *_ in arrows if BuildStatus.__members__.get(start)}
    assert {start for start, end in ways_out.items() if end == "[*]"} == {
        status.value for status in BuildStatus if status.ended
    }


@pytest.mark.parametrize("page", ["no marks", generate.BEGIN, (generate.BEGIN + generate.END) * 2])
def test_a_page_without_its_marks_is_not_overwritten(page):
    with pytest.raises(ValueError, match="each of these lines once"):
        generate.with_generated_part(page, "part")


def test_what_people_wrote_around_the_part_stays():
    page = f"before\n{generate.BEGIN}old\n{generate.END}after\n"
    made = generate.with_generated_part(page, "new\n")
    assert made == f"before\n{generate.BEGIN}\nnew\n\n{generate.END}after\n"
    assert generate.with_generated_part(made, "new\n") == made
