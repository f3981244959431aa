from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def condarc(tmp_path, monkeypatch):
    """conda's configuration of this test, in place of the machine's."""
    for name in ("CONDA_ROOT", "CONDA_EXE", "CONDA_PREFIX", "MAMBA_ROOT_PREFIX"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "condarc.yml"
    monkeypatch.setenv("CONDARC", str(path))
    return path


async def change(api, body, etag):
    headers = {"Authorization": f"token {api.token}", **({"If-Match": etag} if etag else {})}
    return await api.put("conda-config/", body, headers=headers)


async def test_look_register_and_take_out_again(api, condarc, store_directory):
    condarc.write_text("channels: [x]\n")
    await api.post("namespace/team/")
    state = (await api.get("conda-config/?namespace=team")).data
    assert state["file"] == str(condarc)
    assert state["register"]["namespaces"] == ["team"]
    assert f"+  - {store_directory}/team/envs" in state["register"]["diff"]

    after = (await change(api, {"register": ["team"]}, f'"{state["etag"]}"')).data
    assert f"{store_directory}/team/envs" in condarc.read_text()
    assert after["etag"] != state["etag"]
    assert {
        "namespace": "team",
        "directory": f"{store_directory}/team/envs",
        "registered": True,
    } in (after["namespaces"])

    back = (await change(api, {"unregister": "all"}, after["etag"])).data
    assert condarc.read_text() == "channels: [x]\n"
    assert back["etag"] == state["etag"]


async def test_a_change_without_the_state_that_it_is_for_is_refused(api, condarc):
    await api.post("namespace/team/")
    error = (await change(api, {"register": ["team"]}, None)).error
    assert "which state of the file" in error["message"]
    assert "If-Match" in error["hint"]
    assert not condarc.exists()


async def test_a_change_for_another_state_conflicts(api, condarc):
    await api.post("namespace/team/")
    reply = await change(api, {"register": ["team"]}, "0" * 32)
    assert reply.status == 409
    assert "worked out" in reply.error["message"]
    assert not condarc.exists()


async def test_a_file_that_cannot_be_edited(api, condarc):
    condarc.write_text("envs_dirs: /a\n")
    await api.post("namespace/team/")
    state = (await api.get("conda-config/")).data
    assert "one value" in state["problem"]["message"]
    reply = await change(api, {"register": ["team"]}, state["etag"])
    assert reply.status == 400
    assert "one value" in reply.error["message"]


@pytest.mark.parametrize(
    ("body", "status"),
    [({"register": "team"}, 422), ({"unregister": "some"}, 422), ({"add": []}, 422)],
)
async def test_bodies_that_are_not_valid(api, body, status):
    assert (await change(api, body, "0" * 32)).status == status


async def test_namespaces_that_do_not_exist(api):
    assert (await api.get("conda-config/?namespace=nobody")).status == 404
    etag = (await api.get("conda-config/")).data["etag"]
    assert (await change(api, {"register": ["nobody"]}, etag)).status == 404
