from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from jupyter_envstore.store.leases import is_locked
from jupyter_envstore.store.servers import Servers

SERVE = """
import sys
from jupyter_envstore.store.servers import Servers
servers = Servers(sys.argv[1])
print(servers.register(), flush=True)
if sys.stdin.readline() == "unregister\\n":
    servers.unregister()
    print("gone", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "servers"


@pytest.fixture
def start_server(directory):
    """Start another server's process; returns it with the id that it has."""
    started = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(directory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, process.stdout.readline().strip()

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_a_server_lives_from_register_to_unregister(directory):
    own, other = Servers(str(directory)), Servers(str(directory))
    own_id = own.register()
    assert own.own_id == own_id
    assert own.is_alive(own_id)
    assert other.is_alive(own_id)
    own.unregister()
    assert not own.is_alive(own_id)
    assert not other.is_alive(own_id)
    assert list(directory.iterdir()) == []


def test_unknown_servers_are_dead(directory):
    own = Servers(str(directory))
    own.register()
    assert not own.is_alive("0123456789ab")
    own.unregister()


def test_unregister_may_be_repeated(directory):
    own = Servers(str(directory))
    own.unregister()
    own.register()
    own.unregister()
    own.unregister()
    assert list(directory.iterdir()) == []


def test_another_process_is_alive_until_it_is_killed(directory, start_server):
    own = Servers(str(directory))
    process, server_id = start_server()
    assert own.is_alive(server_id)
    process.kill()
    process.wait(30)
    assert (directory / server_id).exists(), "it could not say good-bye"
    assert not own.is_alive(server_id)


def test_another_process_says_good_bye(directory, start_server):
    process, server_id = start_server()
    process.stdin.write("unregister\n")
    process.stdin.flush()
    assert process.stdout.readline() == "gone\n"
    assert not Servers(str(directory)).is_alive(server_id)
    assert process.poll() is None, "though its process still runs"


def test_a_child_that_outlives_its_server_does_not_keep_it_alive(directory):
    own = Servers(str(directory))
    server_id = own.register()
    child = subprocess.Popen(
        [sys.executable, "-c", "input(1)"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        close_fds=False,
    )
    try:
        assert child.stdout.read(1) == b"1", "it runs, with whatever it has inherited"
        # As at the end of the process: the lock is not taken off, its file is closed.
        own._lease._held.close()
        assert not Servers(str(directory)).is_alive(server_id)
    finally:
        child.kill()
        child.communicate()


def test_others_are_counted_and_the_dead_forgotten(directory, start_server):
    own = Servers(str(directory))
    own.register()
    assert own.others() == 0
    dead, dead_id = start_server()
    _, alive_id = start_server()
    assert own.others() == 2
    dead.kill()
    dead.wait(30)
    assert own.others() == 1
    assert not (directory / dead_id).exists()
    assert (directory / alive_id).exists()
    assert own.is_alive(own.own_id), "looking did not touch the own lock"
    own.unregister()


def test_nobody_is_ever_seen_half_registered(directory):
    """A server that looks while another registers must not remove its file."""
    looker = Servers(str(directory))
    looker.register()
    done = threading.Event()
    lost = []

    def register():
        for _ in range(200):
            other = Servers(str(directory))
            other_id = other.register()
            if not (directory / other_id).exists() or not looker.is_alive(other_id):
                lost.append(other_id)
            other.unregister()
        done.set()

    thread = threading.Thread(target=register)
    thread.start()
    while not done.is_set():
        looker.others()
    thread.join(60)
    looker.unregister()
    assert lost == []


def test_those_who_look_do_not_see_each_other(tmp_path):
    path = tmp_path / "lock"
    path.touch()
    wrong = []
    barrier = threading.Barrier(4)

    def look():
        barrier.wait(30)
        wrong.extend(True for _ in range(500) if is_locked(path))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []


def test_no_file_is_not_locked(tmp_path):
    assert not is_locked(tmp_path / "nowhere" / "lock")


def test_a_server_whose_file_is_removed_makes_itself_known_again(directory):
    """Others took it for dead while its machine slept, or somebody tidied up."""
    own, other = Servers(str(directory)), Servers(str(directory))
    own_id = own.register()
    (directory / own_id).unlink()
    assert not other.is_alive(own_id)
    own._renew(own_id)
    assert other.is_alive(own_id)
    own.unregister()
    assert list(directory.iterdir()) == []


def test_a_server_that_cannot_make_itself_known_tries_again(directory):
    own, other = Servers(str(directory)), Servers(str(directory))
    own_id = own.register()
    away = directory.with_name("away")
    directory.rename(away)
    own._renew(own_id)
    away.rename(directory)
    (directory / own_id).unlink()
    own._renew(own_id)
    assert other.is_alive(own_id)
    own.unregister()
