"""What is in shared stores, as the values by which this store's own are shown."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.build import Build, Environment
from ..domain.shared_content import SharedBuild, SharedContent, SharedEnvironment, SharedNamespace
from ..domain.shared_names import SharedStoreSetting, shared_id, shared_namespace
from ..integration.kernelspecs import KernelCard
from ..store.namespaces import Namespace
from .views import BuildView, EnvironmentView


def read_only_reason(setting: SharedStoreSetting) -> str:
    """Return why nothing of a shared store can be changed here, as a sentence."""
    return (
        f"It belongs to the store in {setting.directory}, which this server only reads: "
        "only the servers of that store change it."
    )


def namespace_view(setting: SharedStoreSetting, slot: int, namespace: SharedNamespace) -> Namespace:
    return Namespace(
        id=shared_id(slot, namespace.id),
        name=shared_namespace(setting.label, namespace.name),
        read_only=read_only_reason(setting),
    )


def build_of(
    label: str, slot: int, environment: SharedEnvironment, build: SharedBuild | None = None
) -> Build:
    """Return a build of a shared environment; without `build`, the current one, which has to be."""
    shown = build or environment.current or environment.builds[0]
    return Build(
        id=shared_id(slot, shown.id),
        environment_id=shared_id(slot, environment.id),
        namespace=shared_namespace(label, environment.namespace),
        name=environment.name,
        specification_id=shared_id(slot, shown.id),
        sha256=shown.sha256,
        status=shown.status,
        key_version=shown.key_version,
        asked_on=shown.scheduled_on,
        scheduled_on=shown.scheduled_on,
        attempts=shown.attempts,
        started_on=shown.started_on,
        ended_on=shown.ended_on,
        status_info=shown.status_info,
        size=shown.size,
        size_own=shown.size_own,
        text=shown.text,
        author=shown.author,
        prefix=shown.prefix,
        specification_name=environment.name,
        note=shown.note,
        tags=shown.tags,
    )


def build_view(
    label: str, slot: int, environment: SharedEnvironment, build: SharedBuild
) -> BuildView:
    return BuildView(
        build=build_of(label, slot, environment, build),
        key=build.key,
        published=build is environment.current,
    )


def environment_view(
    setting: SharedStoreSetting,
    slot: int,
    content: SharedContent,
    environment: SharedEnvironment,
    kernels: Mapping[tuple[str, str], tuple[KernelCard, ...]],
) -> EnvironmentView:
    label = setting.label
    current = environment.current
    newest = environment.builds[0]
    namespaces = {namespace.name: namespace for namespace in content.namespaces}
    name = shared_namespace(label, environment.namespace)
    return EnvironmentView(
        environment=Environment(
            id=shared_id(slot, environment.id),
            namespace=name,
            name=environment.name,
            description=environment.description,
            published_build_id=shared_id(slot, current.id) if current else None,
            switched_on=None,
            newest_build_id=shared_id(slot, newest.id),
        ),
        namespace=namespace_view(setting, slot, namespaces[environment.namespace]),
        newest=build_view(label, slot, environment, newest),
        published=build_view(label, slot, environment, current) if current else None,
        kernels=kernels.get((name, environment.name), ()),
        link=environment.link,
    )
