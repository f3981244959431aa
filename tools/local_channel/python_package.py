"""Package the running interpreter so that it can be installed to any prefix."""

from __future__ import annotations

import compileall
import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import debian
from .interpreter import Interpreter
from .packages import PLACEHOLDER, TIMESTAMP, Metadata, write_package
from .shared_libraries import linked_libraries, set_library_path

# What needs Tcl/Tk or serves to test CPython itself, and modules for NIS, OSS and shadow passwords.
LEFT_OUT_MODULES = frozenset(("test", "tests", "tkinter", "turtledemo", "turtle.py", "idlelib"))
LEFT_OUT_EXTENSIONS = re.compile(
    r"_tkinter|_test\w*|_ctypes_test|_xxtestfuzz|xx\w*|nis|ossaudiodev|spwd"
)

CHECK = """
import json, sys, sysconfig
print(json.dumps([sys.prefix, sysconfig.get_path("purelib"), sys.path]))
"""


class InterpreterNotRelocatableError(Exception):
    """The copy of the interpreter does not work at another place than the original's."""


def extension_modules(interpreter: Interpreter) -> list[Path]:
    """The extension modules of the standard library that are packaged."""
    return [
        file
        for file in sorted(interpreter.extensions.glob("*.so"))
        if not LEFT_OUT_EXTENSIONS.fullmatch(file.name.split(".")[0])
    ]


def needed_libraries(interpreter: Interpreter) -> tuple[dict[str, Path], frozenset[Path]]:
    """What the interpreter links against (soname to file), and what lacks a library here.

    The latter are extension modules that cannot be imported on this machine either.
    """
    linked = linked_libraries([interpreter.executable, *extension_modules(interpreter)])
    broken = frozenset(file for file, needed in linked.items() if None in needed.values())
    found = {
        soname: target
        for file, needed in linked.items()
        if file not in broken
        for soname, target in needed.items()
        if target is not None
    }
    return found, broken


def write_python(
    interpreter: Interpreter,
    requirements: Sequence[str],
    libpython: Path | None,
    broken: frozenset[Path],
    work: Path,
    channel: Path,
) -> Path:
    """Write the ``python`` package, which depends on ``requirements`` (match specs of C libraries).

    ``libpython`` is the interpreter's shared library, if it was built with one; ``broken``
    extension modules are left out. Raises InterpreterNotRelocatableError if the copy does not find
    its own library.
    """
    with tempfile.TemporaryDirectory(dir=work) as directory:
        tree = Path(directory)
        stdlib = tree / "lib" / f"python{interpreter.minor}"
        _copy_standard_library(interpreter, stdlib, broken)
        if interpreter.debian_layout:
            debian.set_back(stdlib)
        _copy_binaries(interpreter, libpython, tree, stdlib)
        _copy_development_files(interpreter, tree)
        _write_placeholders(interpreter, tree, stdlib)
        _check(interpreter, tree)
        _compile(tree, stdlib)
        metadata = Metadata(
            name="python",
            version=interpreter.version,
            build_string="h_local_0_cpython",
            depends=(*requirements, "tzdata", interpreter.glibc_requirement),
            constrains=(f"python_abi {interpreter.minor}.* *_{interpreter.tag}",),
            license="Python-2.0",
            summary="The CPython that made the channel, made relocatable",
            run_exports={
                "noarch": ["python"],
                "weak": [f"python_abi {interpreter.minor}.* *_{interpreter.tag}"],
            },
            site_packages=f"lib/python{interpreter.minor}/site-packages",
        )
        return write_package(tree, metadata, channel)


def write_python_abi(interpreter: Interpreter, work: Path, channel: Path) -> Path:
    """Write the empty package ``python_abi``, which ties modules to the interpreter's ABI."""
    with tempfile.TemporaryDirectory(dir=work) as directory:
        metadata = Metadata(
            name="python_abi",
            version=interpreter.minor,
            build_string=f"0_{interpreter.tag}",
            subdir="noarch",
            noarch="generic",
            constrains=(f"python {interpreter.minor}.* *_cpython",),
            summary="The ABI of CPython, as a package",
        )
        return write_package(Path(directory), metadata, channel)


def _copy_standard_library(interpreter: Interpreter, stdlib: Path, broken: frozenset[Path]) -> None:
    kept = {file.name for file in extension_modules(interpreter) if file not in broken}

    def left_out(directory: str, names: list[str]) -> set[str]:
        dropped = {"__pycache__", "site-packages", "EXTERNALLY-MANAGED"} | LEFT_OUT_MODULES
        dropped |= {name for name in names if name.endswith((".a", ".o"))}
        if Path(directory) == interpreter.extensions:
            dropped |= set(names) - kept
        # Debian links to places outside of the library: its configuration, its libpython.
        dropped |= {n for n in names if _leads_out(Path(directory, n), interpreter.stdlib)}
        return dropped & set(names)

    shutil.copytree(interpreter.stdlib, stdlib, symlinks=True, ignore=left_out)
    site_packages = stdlib / "site-packages"
    site_packages.mkdir()
    (site_packages / "README.txt").write_text("Packages are installed here.\n", encoding="utf-8")


def _leads_out(path: Path, directory: Path) -> bool:
    return path.is_symlink() and not path.resolve().is_relative_to(directory.resolve())


def _copy_binaries(
    interpreter: Interpreter, libpython: Path | None, tree: Path, stdlib: Path
) -> None:
    bin_, lib = tree / "bin", tree / "lib"
    bin_.mkdir()
    executable = bin_ / interpreter.executable.name
    shutil.copyfile(interpreter.executable, executable)
    for link in ("python3", "python"):
        (bin_ / link).symlink_to(executable.name)
    main = [executable]
    if libpython is not None:
        shutil.copyfile(libpython, lib / libpython.name)
        (lib / f"libpython{interpreter.minor}.so").symlink_to(libpython.name)
        main.append(lib / libpython.name)
    modules = sorted(stdlib.glob("lib-dynload/*.so"))
    for binary in (*main, *modules):
        binary.chmod(0o755)
        _hide_build_prefix(binary, interpreter.base_prefix)
    if interpreter.debian_layout:
        for binary in main:
            binary.write_bytes(debian.set_back_frozen_site(binary.read_bytes()))
    if shutil.which("strip"):  # smaller by half; not every machine has binutils
        command = ["strip", "--strip-unneeded", *map(str, (*main, *modules))]
        subprocess.run(command, check=True)
    # As conda-forge's python: what wheels load is looked for in the prefix too. The second entry is
    # what a package of conda-build has, and makes an installer replace a prefix in a binary file.
    set_library_path([executable], f"$ORIGIN/../lib:{PLACEHOLDER}/lib", inherited=True)
    if libpython is not None:
        set_library_path([lib / libpython.name], f"$ORIGIN:{PLACEHOLDER}/lib", inherited=True)
    if modules:
        set_library_path(modules, "$ORIGIN/../..")


def _hide_build_prefix(binary: Path, prefix: Path) -> None:
    """Make the prefix that was compiled in name nothing: the original must never be used.

    Length and tail stay: linkers let another string share the tail of this one. "/usr" alone is
    left, because it begins paths that mean the system.
    """
    if len(prefix.parts) <= 2:
        return
    first = prefix.parts[1]
    hidden = str(prefix).replace(f"/{first}", "/" + "x" * len(first), 1)
    content = binary.read_bytes()
    if str(prefix).encode() in content:
        binary.write_bytes(content.replace(str(prefix).encode(), hidden.encode()))


def _copy_development_files(interpreter: Interpreter, tree: Path) -> None:
    """Headers, pkg-config files and scripts, as far as they are installed."""
    minor = interpreter.minor
    headers = Path(sysconfig.get_config_var("INCLUDEPY") or "")
    if (headers / "Python.h").is_file():
        copied = tree / "include" / f"python{minor}"
        shutil.copytree(headers, copied, ignore=shutil.ignore_patterns("site"))
        # Debian's pyconfig.h only includes the real one, from a directory of the architecture.
        real = headers.parent / (sysconfig.get_config_var("MULTIARCH") or "") / headers.name
        if (real / "pyconfig.h").is_file():
            shutil.copyfile(real / "pyconfig.h", copied / "pyconfig.h")
    for file in Path(sysconfig.get_config_var("LIBPC") or "").glob(f"python-{minor}*.pc"):
        (tree / "lib/pkgconfig").mkdir(exist_ok=True)
        shutil.copyfile(file, tree / "lib/pkgconfig" / file.name)
    for script in (f"python{minor}-config", f"pydoc{minor}", f"2to3-{minor}"):
        source = interpreter.base_prefix / "bin" / script
        if source.is_file():
            shutil.copyfile(source, tree / "bin" / script)
            (tree / "bin" / script).chmod(0o755)


def _write_placeholders(interpreter: Interpreter, tree: Path, stdlib: Path) -> None:
    """Let the files that name the build prefix name the future one."""
    scripts = [p for p in (tree / "bin").iterdir() if p.name != interpreter.executable.name]
    # _sysconfigdata*.py and, from 3.14 on, two JSON files as well.
    names = ("_sysconfig*", "build-details.json", "config-*/*")
    configuration = [file for name in names for file in stdlib.glob(name)]
    for file in (*scripts, *configuration, *tree.glob("lib/pkgconfig/*.pc")):
        if file.is_symlink() or not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        changed = replace_prefix(text, str(interpreter.base_prefix))
        if file.name.startswith("_sysconfigdata"):
            zones = f"'TZPATH': '{PLACEHOLDER}/share/zoneinfo'"
            changed = re.sub(r"'TZPATH': '[^']*'", zones, changed)
        if changed != text:
            file.write_text(changed, encoding="utf-8")


def replace_prefix(text: str, prefix: str) -> str:
    """Put the placeholder where ``text`` means the interpreter's own prefix.

    ``/usr`` begins many paths that mean the system (``/usr/bin/install``), hence the conditions.
    """
    own = r"(?=$|[\s'\":,;)]|/bin(?:$|[\s'\"]|/python)|/(?:lib|include|share)\b)"
    return re.sub(
        rf"(?<![/a-z0-9_]){re.escape(prefix)}{own}", PLACEHOLDER, text, flags=re.MULTILINE
    )


def _check(interpreter: Interpreter, tree: Path) -> None:
    """Run the copy where it is: it must find its library, and its site-packages, by itself."""
    executable = tree / "bin" / interpreter.executable.name
    run = subprocess.run(
        [str(executable), "-I", "-B", "-c", CHECK], capture_output=True, text=True, env={}
    )
    if run.returncode != 0:
        raise InterpreterNotRelocatableError(
            f"The copy of {interpreter.executable} does not start at another place; run the tool "
            f"with another Python. It says:\n{run.stderr.strip()}"
        )
    prefix, purelib, path = json.loads(run.stdout)
    expected = str(tree / "lib" / f"python{interpreter.minor}" / "site-packages")
    if prefix != str(tree) or purelib != expected or expected not in path:
        raise InterpreterNotRelocatableError(
            f"The copy of {interpreter.executable} in {tree} does not use {expected}: its standard "
            "library has a layout that this tool does not know. Run the tool with another Python. "
            f"It has the prefix {prefix}, installs to {purelib} and imports from {path}."
        )


def _compile(tree: Path, stdlib: Path) -> None:
    """Compile the standard library, for the time of change that the package gives its files."""
    for source in stdlib.rglob("*.py"):
        os.utime(source, (TIMESTAMP, TIMESTAMP))
    # In the byte code of a file with a placeholder an installer would replace the prefix as in a
    # binary, which breaks strings.
    skipped = re.compile(r"/(_sysconfigdata|config-)")
    compileall.compile_dir(stdlib, quiet=2, rx=skipped, stripdir=tree, force=True)
