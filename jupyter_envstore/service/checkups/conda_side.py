"""conda and mamba beside the store: what they see of it, and what they might do to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import metadata

from ...domain.diagnosis import Finding, Severity
from ...domain.settings import Settings
from ...integration.conda_files import CondaFiles
from ..conda_config import CondaConfig, CondaConfigService
from .checkup import Found


class CondaSideCheckup:
    """Looks at conda's configuration files, at mamba and at nb_conda_kernels."""

    def __init__(
        self,
        conda_config: CondaConfigService,
        settings: Settings,
        conda: CondaFiles,
        installed: Callable[[str], str | None] | None = None,
    ) -> None:
        """`installed` returns the version of a distribution in the server's Python, or None."""
        self._conda_config = conda_config
        self._settings = settings
        self._conda = conda
        self._installed = _version if installed is None else installed

    def examine(self) -> Iterator[Found]:
        state = self._conda_config.state()
        registered = [item for item in state.namespaces if item.registered]
        yield from self._files(state)
        if registered:
            yield from self._hijack(state, [item.directory for item in registered])
            yield from self._kernels_twice()
            yield from self._mamba()

    def unexamined(self) -> Iterator[str]:
        return iter(())

    def _files(self, state: CondaConfig) -> Iterator[Found]:
        if state.problem is not None:
            yield Found(
                Finding(
                    "condarc-unusable",
                    Severity.WARNING,
                    state.problem.message,
                    state.problem.hint or "conda's configuration cannot be changed.",
                    "Those who use the environments with conda: they cannot be registered.",
                    None,
                    (state.file,),
                )
            )
        for warning in state.warnings:
            yield Found(
                Finding(
                    "condarc-hides",
                    Severity.WARNING,
                    warning.message,
                    warning.hint or "conda does not find every environment of the store.",
                    "Those who use the environments by name with conda or mamba.",
                    None,
                    (state.file,),
                )
            )

    def _hijack(self, state: CondaConfig, ours: Sequence[str]) -> Iterator[Found]:
        """Yield a finding if conda would make new environments inside of the store."""
        first = next(
            (folder for folder in state.search_order if self._conda.can_create_in(folder)), None
        )
        if first is None or first not in ours:
            return
        names = [item.namespace for item in state.namespaces if item.registered]
        yield Found(
            Finding(
                "create-in-store",
                Severity.ERROR,
                f"conda create -n NAME makes its environment in {first}, inside of the store.",
                "conda takes the first folder of envs_dirs that it may write to, which is one of "
                "the store's. What it makes there is no build, and is in the way of one.",
                "Those who make environments with conda or mamba.",
                "conda config --prepend envs_dirs ~/.conda/envs",
                (state.file,),
                mendable=state.problem is None,
            ),
            (lambda: self._register_anew(names)) if state.problem is None else None,
        )

    def _register_anew(self, names: Sequence[str]) -> None:
        state = self._conda_config.change(unregister=names, etag=self._conda_config.state().etag)
        self._conda_config.change(register=names, etag=state.etag)

    def _kernels_twice(self) -> Iterator[Found]:
        version = self._installed("nb_conda_kernels")
        if version is None:
            return
        yield Found(
            Finding(
                "kernels-twice",
                Severity.INFO,
                f"nb_conda_kernels {version} is installed beside the store.",
                "It lists the kernels of every environment that conda knows. Servers with the "
                "store leave out the store's; other programs of the user show each twice.",
                "Those who choose a kernel elsewhere.",
                'echo "c.CondaKernelSpecManager.env_filter = '
                f"r'^{self._settings.store_directory}'\" >> ~/.jupyter/jupyter_server_config.py",
            )
        )

    def _mamba(self) -> Iterator[Found]:
        for name in ("mamba", "micromamba"):
            program = self._conda.program(name)
            if program:
                yield Found(
                    Finding(
                        "mamba-ignores-frozen",
                        Severity.INFO,
                        f"{program} does not know that builds are frozen.",
                        f"conda refuses to change them; {name} install -n changes a build in "
                        "place, for everybody who uses it, and nothing notices it.",
                        "Those who use a build that somebody has changed.",
                        None,
                        (program,),
                    )
                )


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
