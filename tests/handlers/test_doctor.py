from __future__ import annotations


async def test_a_new_store_is_well(api, store_directory):
    findings = (await api.get("store/doctor/")).data["findings"]
    assert [found for found in findings if found["severity"] == "error"] == []


async def test_findings_say_all_there_is_to_say_and_can_be_mended(api, store_directory):
    entry = store_directory / ".envstore" / "cache" / "packages" / "made-1-0"
    entry.mkdir(parents=True, exist_ok=True)
    (entry / "file").write_text("x")
    (entry / "file").chmod(0o666)

    async def found():
        findings = (await api.get("store/doctor/")).data["findings"]
        return next((item for item in findings if item["code"] == "writable-files"), None)

    finding = await found()
    assert finding["severity"] == "error"
    assert finding["paths"] == [str(entry / "file")]
    assert finding["command"] == f"chmod -R go-w {entry / 'file'}"
    assert finding["mendable"] is True
    assert all(finding[key] for key in ("message", "meaning", "affects"))

    # Only what is named.
    assert (await api.post("store/doctor/", {"only": ["stale-lock"]})).status == 200
    assert await found() is not None
    mended = (await api.post("store/doctor/", {})).data["findings"]
    assert [item["mended"] for item in mended if item["code"] == "writable-files"] == [True]
    assert await found() is None


async def test_codes_are_codes(api):
    reply = await api.post("store/doctor/", {"only": ["../etc"]})
    assert reply.status == 422
