from __future__ import annotations

import pytest

from jupyter_envstore.domain.errors import InvalidInput
from jupyter_envstore.domain.requirements_txt import read_requirements


def test_requirements_become_the_pip_section_as_pip_reads_them():
    draft = read_requirements(
        "\ufeff# what we need\n"
        "flask >= 3  # the web\r\n"
        "\n"
        "uvicorn[standard]>=0.30 ; python_version < '3.13'\n"
        "a-very-long-name \\\n"
        "    >=1,\\\n"
        "    <2\n"
        "  # a comment that ends in a backslash \\\n"
        "idna\n"
        "pkg @ https://example.org/pkg-1.0.tar.gz#sha256=00\n"
        "https://example.org/r.zip#egg=named[extra]&subdirectory=sub\n"
    )
    assert draft.problems == []
    assert draft.pip == [
        "flask >= 3",
        "uvicorn[standard]>=0.30 ; python_version < '3.13'",
        "a-very-long-name >=1, <2",
        "idna",
        "pkg @ https://example.org/pkg-1.0.tar.gz#sha256=00",
        "named[extra] @ https://example.org/r.zip#subdirectory=sub",
    ]
    assert draft.conda == ["python"]
    assert [warning.message.split(":")[0] for warning in draft.warnings] == ["Python was added"]
    assert draft.name is None


def test_index_options_are_kept_in_their_long_form():
    draft = read_requirements(
        "-i https://one.example.org/simple\n"
        "--extra-index-url=https://two.example.org/simple\n"
        "--trusted-host two.example.org\n"
        "flask\n"
    )
    assert draft.problems == []
    assert draft.pip == [
        "--index-url https://one.example.org/simple",
        "--extra-index-url https://two.example.org/simple",
        "--trusted-host two.example.org",
        "flask",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-r base.txt", "base.txt is not part"),
        ("-rbase.txt", "base.txt is not part"),
        ("--requirement=base.txt", "base.txt is not part"),
        ("-c bounds.txt", "constraints in bounds.txt"),
        ("--constraint bounds.txt", "constraints in bounds.txt"),
        ("-e .", "installed as a link"),
        ("--editable git+https://example.org/r#egg=r", "installed as a link"),
        ("-f https://example.org/wheels", "do not look for packages in"),
        ("--no-index", "no counterpart"),
        ("--pre", "no counterpart"),
        ("-i", "no counterpart"),
        ("--only-binary :all:", "no counterpart"),
        ("flask --global-option=x", "--global-option"),
        ("./wheels/a-1.0-py3-none-any.whl", "a file of the machine"),
        ("a-1.0-py3-none-any.whl", "a file of the machine"),
        ("file:///home/ada/a.whl", "a file of the machine"),
        (".", "a file of the machine"),
        ("https://example.org/a.whl", "Invalid pypi package dependency"),
        ("git+https://example.org/r.git@v1#egg=named", "would come from a repository"),
        ("numpy=1.26", "Invalid pypi package dependency"),
        ("pkg @ https://${TOKEN}@example.org/a.whl", "has a variable"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_its_line(line, words):
    draft = read_requirements(f"# first\nidna\n{line}\n")
    (problem,) = draft.problems
    assert problem.line == 3
    assert words in problem.message
    assert problem.hint
    assert draft.pip == ["idna"]


def test_lines_are_counted_where_they_begin():
    draft = read_requirements("flask \\\n  >=3\n\nnumpy=1 \\\n\n-e .\n")
    assert [problem.line for problem in draft.problems] == [4, 6]
    assert "numpy==1;" in draft.problems[0].hint


def test_hashes_are_left_out_and_that_is_said_once():
    draft = read_requirements(
        "flask==3.0 \\\n  --hash=sha256:00 \\\n  --hash=sha256:11\nidna==3 --hash sha256:22\n"
    )
    assert draft.pip == ["flask==3.0", "idna==3"]
    assert [warning.line for warning in draft.warnings if "hashes" in warning.message] == [1]


def test_a_list_of_conda_s_packages_is_not_taken_for_pip_s():
    draft = read_requirements(
        "# This file may be used to create an environment using:\n"
        "# $ conda create --name <env> --file <this file>\n"
        "# platform: linux-64\n"
        "_libgcc_mutex=0.1=main\npython=3.12.4=h5148396_1\nflask=3.0.3=pypi_0\n"
    )
    assert draft.conda == ["_libgcc_mutex=0.1=main", "python=3.12.4=h5148396_1"]
    assert draft.pip == ["flask==3.0.3"]
    assert "no channels" in draft.warnings[0].message


def test_an_empty_file_and_one_that_nobody_wrote():
    assert "names no requirement" in read_requirements("# nothing\n").problems[0].message
    with pytest.raises(InvalidInput, match="at most 250,000"):
        read_requirements("a\n" * 130_000)


@pytest.mark.parametrize("part", ["#&", " ", "-", "--x ", "=", "[", "a@", "\\\n"])
def test_a_text_made_to_be_hard_to_read_is_answered(part):
    read_requirements(f"a{part * (240_000 // len(part))}")
