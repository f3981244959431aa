from __future__ import annotations

from jupyter_envstore.domain.dependencies import Package, required_by


def test_packages_know_what_needs_them():
    depends = {
        Package("conda", "python"): ["libzlib >=1.2,<2.0a0", "tzdata", "__glibc >=2.17"],
        Package("conda", "libzlib"): [],
        Package("conda", "tzdata"): [],
        Package("conda", "typing_extensions"): ["python >=3.9"],
        Package("conda", "numpy"): ["python", "conda-forge::libzlib[version='>=1.2']", "gone"],
    }
    assert required_by(depends) == {
        Package("conda", "python"): ("numpy", "typing_extensions"),
        Package("conda", "libzlib"): ("numpy", "python"),
        Package("conda", "tzdata"): ("python",),
    }


def test_pip_packages_need_those_of_both_managers_by_pips_rules_for_names():
    depends = {
        Package("conda", "typing_extensions"): [],
        Package("pip", "Jinja2"): ["MarkupSafe>=2.0", 'Babel>=2.7; extra == "i18n"'],
        Package("pip", "markupsafe"): [],
        Package("pip", "babel"): ["typing-extensions; python_version < '4'"],
    }
    assert required_by(depends) == {
        Package("pip", "markupsafe"): ("Jinja2",),
        Package("conda", "typing_extensions"): ("babel",),
    }


def test_a_package_that_names_itself_is_not_required_by_itself():
    assert required_by({Package("pip", "all"): ["all[extra]"]}) == {}
