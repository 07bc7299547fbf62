"""Every way in which a download goes wrong, produced on purpose against a server on this machine.

After each of them the cache folder is looked at: nothing half-written may stand under a final name, nothing that has
come may be lost, and no rubbish may stay.
"""

import errno
import hashlib
import io
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from helpers import downloads, files
from helpers.downloads import archives, disk, transfer

ROOT = Path(__file__).resolve().parents[1]
BODY = bytes((i * i + i // 251) % 256 for i in range(300_000))
SHA256 = "sha256:" + hashlib.sha256(BODY).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves BODY at any path; tests set how it misbehaves. `seen` lists (method, Range header, status, bytes sent)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.body, self.ranges, self.etag, self.seen = BODY, True, '"one"', []
        self.script = []  # one item per request: an HTTP status, or a number of bytes after which to hang up
        self.delay = 0.0  # seconds between chunks of 10,000 bytes
        self.headers = {}
        self.wrong_range = False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/data.bin"

    def handle_error(self, request, client_address):
        pass


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        server, body = self.server, self.server.body
        wanted, action = self.headers.get("Range"), server.script.pop(0) if server.script else None
        record = [self.command, wanted, 200, 0]
        server.seen.append(record)
        if isinstance(action, str):
            record[2] = int(action)
            self.send_response(int(action))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        start = 0
        if wanted and server.ranges and self.headers.get("If-Range") == server.etag:
            start = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            record[2] = 206 if start < len(body) else 416
        self.send_response(record[2])
        if record[2] == 206:
            shown = start + 1 if server.wrong_range else start
            self.send_header("Content-Range", f"bytes {shown}-{len(body) - 1}/{len(body)}")
        if record[2] == 416:
            self.send_header("Content-Range", f"bytes */{len(body)}")
            body = b""
        self.send_header("Content-Length", str(max(0, len(body) - start)))
        if server.etag:
            self.send_header("ETag", server.etag)
        for name, value in server.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        end = len(body) if action is None else min(len(body), start + action)
        while start < end:
            piece = body[start : min(end, start + 10_000)]
            record[3] += len(piece)  # before the client has it: it may look here as soon as it has everything
            self.wfile.write(piece)
            start += len(piece)
            time.sleep(server.delay)
        self.close_connection = True


@pytest.fixture
def server():
    found = Server()
    threading.Thread(target=found.serve_forever, args=(0.02,), daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder, no teacher's folder, no proxy, and hardly any waiting."""
    for name in ("COURSE_DATASETS", "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(transfer, "BACKOFF", 0.01)
    return tmp_path / "cache"


@pytest.fixture
def register(tmp_path, monkeypatch, server):
    """A registry of one data set `sample`, with fields that a test may change."""

    def write(name="sample", **fields):
        table = {
            "file": "data.bin", "url": server.url, "size": len(BODY), "hash": SHA256, "language": "–",
            "licence": "CC0 1.0", "what": "numbers", "source": "this test", "checked": "here",
        } | fields  # fmt: skip
        lines = [f"{key} = {toml(value)}" for key, value in table.items() if value is not None]
        path = tmp_path / "registry.toml"
        path.write_text(f'["{name}"]\n' + "\n".join(lines), encoding="utf-8")
        monkeypatch.setattr(downloads, "REGISTRY", path)
        return path

    write()
    return write


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {toml(v)}' for key, v in value.items()) + " }"
    return str(value) if isinstance(value, int) else f'"{value}"'


def contents(folder):
    """Every file below a folder but the lock: name → size."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock") if folder.exists() else ()
    return {p.relative_to(folder).as_posix(): p.stat().st_size for p in files}


DONE = {"sample/data.bin": len(BODY)}


# ---- the good day


def test_whole_file_arrives_verified_and_is_found_again_without_a_request(cache, server, register):
    assert downloads.find("sample") is None and not cache.exists()
    path = downloads.fetch("sample")
    assert path == cache / "sample" / "data.bin" and path.read_bytes() == BODY
    assert contents(cache) == DONE
    assert downloads.fetch("sample") == downloads.find("sample") == path
    assert [s[0] for s in server.seen] == ["GET"]


def test_file_can_be_read_by_the_others_who_share_the_cache(cache, register):
    mask = os.umask(0o022)
    try:
        assert stat.S_IMODE(downloads.fetch("sample").stat().st_mode) == 0o644
    finally:
        os.umask(mask)


def test_teachers_folder_comes_first_and_is_never_written_to(cache, server, register, tmp_path, monkeypatch):
    teacher = tmp_path / "teacher"
    register(folder="other")
    for place in (teacher / "data.bin", teacher / "sample" / "data.bin", teacher / "other" / "data.bin"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(BODY)
        monkeypatch.setenv("COURSE_DATASETS", str(teacher))
        before = contents(teacher)
        assert downloads.fetch("sample") == downloads.find("sample") == place
        assert contents(teacher) == before and contents(cache) == {} and server.seen == []
        place.unlink()


def test_truncated_file_in_teachers_folder_is_passed_over(cache, server, register, tmp_path, monkeypatch):
    (tmp_path / "data.bin").write_bytes(BODY[:1000])
    monkeypatch.setenv("COURSE_DATASETS", str(tmp_path))
    with pytest.warns(UserWarning, match=r"1,000 bytes instead of 300,000"):
        assert downloads.fetch("sample") == cache / "sample" / "data.bin"


def test_teachers_folder_that_does_not_exist_is_told(cache, register, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATASETS", str(tmp_path / "nowhere"))
    with pytest.warns(UserWarning, match="COURSE_DATASETS names .*nowhere"):
        assert downloads.find("sample") is None


def test_damaged_file_of_another_size_in_the_cache_is_replaced(cache, register):
    (cache / "sample").mkdir(parents=True)
    (cache / "sample" / "data.bin").write_bytes(b"damaged")
    with pytest.warns(UserWarning, match="ignored"):
        assert downloads.fetch("sample").read_bytes() == BODY
    assert contents(cache) == DONE


def test_unknown_name_lists_the_names(cache, register):
    with pytest.raises(KeyError, match="sample"):
        downloads.fetch("sampel")


def test_md5_serves_too(cache, register):
    register(hash="md5:" + hashlib.md5(BODY).hexdigest())
    assert downloads.fetch("sample").read_bytes() == BODY


# ---- broken transfers


def test_broken_transfer_goes_on_where_it_stopped(cache, server, register):
    server.script = [120_000, 100_000]
    assert downloads.fetch("sample").read_bytes() == BODY
    assert [s[2] for s in server.seen] == [200, 206, 206]
    first, second = (int(s[1][6:-1]) for s in server.seen[1:])
    assert 120_000 - transfer.CHUNK < first <= 120_000 and first + 100_000 - transfer.CHUNK < second <= first + 100_000
    assert contents(cache) == DONE


def test_part_of_an_earlier_session_is_continued(cache, server, register, monkeypatch):
    monkeypatch.setattr(transfer, "RETRIES", 0)
    server.script = [120_000]
    with pytest.raises(downloads.DownloadError):
        downloads.fetch("sample")
    left = contents(cache)
    came = left["sample/data.bin.part"]
    assert 120_000 - transfer.CHUNK < came <= 120_000 and "sample/data.bin" not in left
    assert downloads.find("sample") is None
    assert downloads.fetch("sample").read_bytes() == BODY
    assert server.seen[-1][1:] == [f"bytes={came}-", 206, len(BODY) - came]
    assert contents(cache) == DONE


def test_server_without_range_starts_over(cache, server, register):
    server.ranges, server.script = False, [120_000]
    assert downloads.fetch("sample").read_bytes() == BODY
    assert [s[2:] for s in server.seen] == [[200, 120_000], [200, len(BODY)]] and server.seen[1][1]
    assert contents(cache) == DONE


def test_file_that_changed_between_is_taken_whole(cache, server, register, monkeypatch):
    monkeypatch.setattr(transfer, "RETRIES", 0)
    server.body, server.etag = BODY[::-1], '"old"'
    server.script = [120_000]
    with pytest.raises(downloads.DownloadError):
        downloads.fetch("sample")
    server.body, server.etag = BODY, '"new"'
    assert downloads.fetch("sample").read_bytes() == BODY
    assert server.seen[-1][2:] == [200, len(BODY)]


def test_server_without_etag_starts_over(cache, server, register):
    server.etag, server.script = None, [120_000]
    assert downloads.fetch("sample").read_bytes() == BODY
    assert [s[1] for s in server.seen] == [None, None]


def test_server_that_continues_at_the_wrong_place_starts_over(cache, server, register):
    server.wrong_range, server.script = True, [120_000]
    assert downloads.fetch("sample").read_bytes() == BODY
    assert [s[2] for s in server.seen] == [200, 206, 200]
    assert contents(cache) == DONE


@pytest.mark.parametrize("size", [len(BODY), None])
def test_part_longer_than_the_file_starts_over(cache, server, register, size):
    register(size=size)
    (cache / "sample").mkdir(parents=True)
    (cache / "sample" / "data.bin.part").write_bytes(BODY + b"more")
    (cache / "sample" / "data.bin.part.tag").write_text('"one"')
    assert downloads.fetch("sample").read_bytes() == BODY
    assert server.seen[-1][1:] == [None, 200, len(BODY)] and contents(cache) == DONE


@pytest.mark.parametrize("size", [len(BODY), None])
def test_part_that_is_complete_is_only_verified(cache, server, register, size):
    register(size=size)
    (cache / "sample").mkdir(parents=True)
    (cache / "sample" / "data.bin.part").write_bytes(BODY)
    (cache / "sample" / "data.bin.part.tag").write_text('"one"')
    assert downloads.fetch("sample").read_bytes() == BODY
    assert sum(s[3] for s in server.seen) == 0 and contents(cache) == DONE


def test_server_that_always_breaks_off_at_the_same_byte_is_given_up(cache, server, register):
    server.ranges, server.script = False, [120_000] * 50
    with pytest.raises(downloads.DownloadError, match="broke off"):
        downloads.fetch("sample")
    assert len(server.seen) == 1 + transfer.RETRIES
    assert "sample/data.bin" not in contents(cache)


# ---- answers that are no file


def test_passing_fault_is_tried_again(cache, server, register):
    server.script = ["503", "429", "500"]
    assert downloads.fetch("sample").read_bytes() == BODY
    assert [s[2] for s in server.seen] == [503, 429, 500, 200]


def test_lasting_fault_is_given_up_after_the_retries(cache, server, register):
    server.script = ["503"] * 50
    with pytest.raises(downloads.DownloadError, match="503"):
        downloads.fetch("sample")
    assert len(server.seen) == 1 + transfer.RETRIES and contents(cache) == {}


def test_404_is_told_at_once_with_the_remedy(cache, server, register):
    server.script = ["404"]
    with pytest.raises(downloads.DownloadError, match="404.*COURSE_DATASETS") as caught:
        downloads.fetch("sample")
    assert len(server.seen) == 1 and contents(cache) == {} and "data.bin" in caught.value.remedy


def test_login_page_is_not_taken_for_the_file(cache, server, register):
    register(size=None)
    server.headers = {"Content-Type": "text/html; charset=utf-8"}
    with pytest.raises(downloads.DownloadError, match="login page"):
        downloads.fetch("sample")
    assert contents(cache) == {}


@pytest.mark.parametrize("known", ["sha256:" + "0" * 64, "md5:" + "0" * 32])
def test_wrong_hash_is_told_and_nothing_is_kept(cache, server, register, known):
    register(hash=known)
    with pytest.raises(downloads.WrongHash) as caught:
        downloads.fetch("sample")
    came = hashlib.new(known.partition(":")[0], BODY).hexdigest()
    assert (
        came in str(caught.value) and known.partition(":")[2] in str(caught.value) and "try again" in str(caught.value)
    )
    assert contents(cache) == {} and downloads.find("sample") is None


def test_other_size_is_refused_before_the_bytes_come(cache, server, register):
    server.body = BODY + b"!"
    with pytest.raises(downloads.WrongHash, match="300,001 bytes instead of 300,000"):
        downloads.fetch("sample")
    assert contents(cache) == {}


def test_hash_stated_by_the_host_is_used(cache, server, register):
    register(size=None, about=1, hash="server")
    server.headers = {"X-Linked-ETag": f'"{SHA256[7:]}"', "X-Linked-Size": str(len(BODY))}
    assert downloads.fetch("sample").read_bytes() == BODY
    assert [s[0] for s in server.seen] == ["HEAD", "GET"]


def test_wrong_hash_stated_by_the_host_is_found(cache, server, register):
    register(size=None, about=1, hash="server")
    server.headers = {"X-Linked-ETag": '"' + "a" * 64 + '"'}
    with pytest.raises(downloads.WrongHash):
        downloads.fetch("sample")
    assert contents(cache) == {}


def test_host_that_states_no_hash_is_refused(cache, server, register):
    register(size=None, about=1, hash="server")
    with pytest.raises(downloads.DownloadError, match="cannot be verified"):
        downloads.fetch("sample")
    assert contents(cache) == {}


# ---- no network


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_no_network_is_told_within_seconds_with_the_remedy(cache, register):
    register(url=f"http://127.0.0.1:{closed_port()}/data.bin")
    start = time.monotonic()
    with pytest.raises(ConnectionError, match="COURSE_DATASETS") as caught:
        downloads.fetch("sample")
    assert isinstance(caught.value, downloads.DownloadError) and time.monotonic() - start < 5
    assert contents(cache) == {}


def test_name_server_that_does_not_answer_is_not_waited_for(cache, register, monkeypatch):
    register(url="http://data.example/data.bin")
    monkeypatch.setattr(transfer, "CONNECT_TIMEOUT", 0.3)

    test_is_over, answered = threading.Event(), []

    def silent(*_, **__):
        test_is_over.wait(60)
        answered.append("at last")
        raise socket.gaierror("no answer")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    with pytest.raises(downloads.NoNetwork, match="no connection to data.example"):
        downloads.fetch("sample")
    assert answered == []
    test_is_over.set()


def test_firewall_that_accepts_and_says_nothing_is_given_up_soon(cache, register, monkeypatch):
    monkeypatch.setattr(transfer, "FIRST_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        register(url=f"http://127.0.0.1:{silent.getsockname()[1]}/data.bin")
        start = time.monotonic()
        with pytest.raises(downloads.DownloadError, match="2 times in a row"):
            downloads.fetch("sample")
    assert time.monotonic() - start < 3 and contents(cache) == {}


def test_server_behind_a_proxy_is_reached_through_the_proxy(cache, server, register, monkeypatch):
    register(url="http://data.example/data.bin")
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.server_port}")
    assert downloads.fetch("sample").read_bytes() == BODY


# ---- many at once, and killed ones

PROCESS = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from helpers import downloads
downloads.REGISTRY = Path({registry!r})
print("ready", flush=True)
sys.stdin.readline()
print(downloads.fetch("sample", {member!r}), flush=True)
"""


def start(registry, member=None):
    """A real process that waits for a line and then fetches."""
    code = PROCESS.format(root=str(ROOT), registry=str(registry), member=member)
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    return process


def go(processes):
    """Let all begin together; their last lines of output."""
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    results = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), results
    return [out.strip().splitlines()[-1] for out, _ in results]


@pytest.mark.parametrize("count", [2, 8])
def test_processes_that_start_at_once_download_once(cache, server, register, count):
    server.delay = 0.01
    path = str(cache / "sample" / "data.bin")
    assert go([start(register()) for _ in range(count)]) == [path] * count
    assert [s[:3] for s in server.seen] == [["GET", None, 200]]
    assert contents(cache) == DONE and Path(path).read_bytes() == BODY


def test_processes_that_start_at_once_unpack_once(cache, server, register, tmp_path):
    server.body = packed({"text": b"one two three " * 5000})
    server.delay = 0.005
    digest = hashlib.sha256(server.body).hexdigest()
    registry = register(file="data.zip", size=len(server.body), hash=f"sha256:{digest}", members={"text": 70_000})
    assert go([start(registry, "text") for _ in range(4)]) == [str(cache / "sample" / "text")] * 4
    assert len(server.seen) == 1
    assert contents(cache) == {"sample/data.zip": len(server.body), "sample/text": 70_000}


def test_killed_process_leaves_a_part_that_the_next_one_continues(cache, server, register):
    server.delay = 0.02
    process = start(register())
    assert process.stdout.readline() == "ready\n"
    process.stdin.write("\n")
    process.stdin.flush()
    part = cache / "sample" / "data.bin.part"
    until = time.monotonic() + 20
    while not (part.exists() and part.stat().st_size) and time.monotonic() < until:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = part.stat().st_size
    assert 0 < left < len(BODY) and part.read_bytes() == BODY[:left]
    assert "sample/data.bin" not in contents(cache) and downloads.find("sample") is None
    server.delay = 0
    assert downloads.fetch("sample").read_bytes() == BODY
    assert server.seen[-1][1:] == [f"bytes={left}-", 206, len(BODY) - left]
    assert contents(cache) == DONE


def test_waiting_process_says_so(cache, register, capsys):
    folder = cache / "sample"
    folder.mkdir(parents=True)
    held, released = threading.Event(), threading.Event()

    def hold():
        with disk.alone(folder.with_name("sample.lock"), "sample"):
            held.set()
            released.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    threading.Timer(0.2, released.set).start()
    downloads.fetch("sample")
    thread.join()
    assert "another process is fetching it" in capsys.readouterr().out


# ---- disks


def test_read_only_cache_names_the_variable(cache, register, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(PermissionError, match="COURSE_CACHE") as caught:
        downloads.fetch("sample")
    assert isinstance(caught.value, downloads.ReadOnlyCache) and "Read-only" in str(caught.value)


def test_existing_read_only_cache_names_the_variable(cache, server, register, monkeypatch):
    (cache / "sample").mkdir(parents=True)
    honest = os.open

    def refuse(path, flags, *rest, **named):
        if flags & os.O_CREAT and str(path).startswith(str(cache)):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return honest(path, flags, *rest, **named)

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(downloads.ReadOnlyCache, match="COURSE_CACHE"):
        downloads.fetch("sample")
    assert contents(cache) == {} and server.seen == []


def test_lock_file_of_somebody_else_names_the_variable(cache, server, register, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(disk.FileLock, "acquire", refuse)
    with pytest.raises(downloads.ReadOnlyCache, match="COURSE_CACHE"):
        downloads.fetch("sample")
    assert contents(cache) == {} and server.seen == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_cache_without_permission_names_the_variable(cache, register):
    cache.mkdir()
    cache.chmod(0o555)
    try:
        with pytest.raises(downloads.ReadOnlyCache, match="COURSE_CACHE"):
            downloads.fetch("sample")
    finally:
        cache.chmod(0o755)


def test_cache_that_is_a_file_names_the_variable(cache, register):
    cache.write_text("not a folder")
    with pytest.raises(downloads.ReadOnlyCache, match="COURSE_CACHE"):
        downloads.fetch("sample")
    assert cache.read_text() == "not a folder"


def test_too_little_room_is_told_before_the_download(cache, server, register, monkeypatch):
    usage = disk.shutil.disk_usage(cache.parent)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage._replace(free=299_999))
    with pytest.raises(downloads.DiskFull, match="300,000 bytes .* 299,999 are free.*COURSE_CACHE"):
        downloads.fetch("sample")
    assert contents(cache) == {}


def test_room_is_counted_for_what_is_still_missing(cache, server, register, monkeypatch):
    (cache / "sample").mkdir(parents=True)
    (cache / "sample" / "data.bin.part").write_bytes(BODY[:200_000])
    (cache / "sample" / "data.bin.part.tag").write_text('"one"')
    usage = disk.shutil.disk_usage(cache.parent)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage._replace(free=100_000))
    assert downloads.fetch("sample").read_bytes() == BODY


class Full(io.FileIO):
    """A file on a disk with room for 150,000 bytes more: as the system does, it writes what fits, then fails."""

    room = 150_000

    def write(self, data):
        if not Full.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        taken = super().write(bytes(data)[: Full.room])
        Full.room -= taken
        return taken


def test_disk_that_fills_up_keeps_the_part_and_goes_on_later(cache, server, register, monkeypatch):
    Full.room = 150_000
    monkeypatch.setattr(
        transfer, "open", lambda path, mode: io.BufferedWriter(Full(path, mode.replace("b", ""))), raising=False
    )
    with pytest.raises(downloads.DiskFull, match="COURSE_CACHE"):
        downloads.fetch("sample")
    part = cache / "sample" / "data.bin.part"
    assert part.read_bytes() == BODY[:150_000]
    assert set(contents(cache)) == {"sample/data.bin.part", "sample/data.bin.part.tag"}
    monkeypatch.undo()
    monkeypatch.setenv("COURSE_CACHE", str(cache))
    register()
    monkeypatch.setattr(transfer, "BACKOFF", 0.01)
    assert downloads.fetch("sample").read_bytes() == BODY
    assert server.seen[-1][1] == "bytes=150000-" and contents(cache) == DONE


def test_a_cache_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "deep" / "text.txt"
    with pytest.raises(RuntimeError):
        with files.CacheFile(path) as file:
            file.write(b"half")
            assert not path.exists()
            raise RuntimeError
    assert contents(tmp_path) == {}
    with files.CacheFile(path) as file:
        file.write(b"whole")
    assert contents(tmp_path) == {"deep/text.txt": 5}


@pytest.mark.parametrize("step", ["open", "fsync", "replace"])
def test_a_cache_file_on_a_disk_that_refuses_is_done_without(tmp_path, monkeypatch, step):
    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if step == "open":
        monkeypatch.setattr(files, "open", refuse, raising=False)
    else:
        monkeypatch.setattr(files.os, step, refuse)
    with files.CacheFile(tmp_path / "a") as file:
        file.write(b"text")
    monkeypatch.undo()
    assert contents(tmp_path) == {}


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_a_cache_file_leaves_a_link_a_link(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with files.CacheFile(tmp_path / "link") as file:
        file.write(b"new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


# ---- archives


def packed(files, compression=zipfile.ZIP_DEFLATED):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return sink.getvalue()


def tarred(*infos, mode="w:gz"):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=mode) as archive:
        for info, data in infos:
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return sink.getvalue()


def entry(name, kind=tarfile.REGTYPE, link=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def link_in_zip():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    return sink.getvalue()


def test_zip_and_tar_are_unpacked(tmp_path):
    files = {"a.txt": b"one", "deep/b.txt": b"two" * 100}
    (tmp_path / "x.zip").write_bytes(packed(files))
    (tmp_path / "x.tar.gz").write_bytes(tarred(*((entry(name), data) for name, data in files.items())))
    for name in ("x.zip", "x.tar.gz"):
        folder = downloads.unpack(tmp_path / name, tmp_path / "out" / name[2:])
        assert {n: (folder / n).read_bytes() for n in contents(folder)} == files
    folder = downloads.unpack(tmp_path / "x.zip", tmp_path / "some", ["deep/b.txt"])
    assert contents(folder) == {"deep/b.txt": 300}
    assert not [p for p in tmp_path.rglob("*.part")]


@pytest.mark.parametrize("form", ["zip", "tar"])
@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/tmp/evil", "..\\evil", "C:\\evil", "C:evil", "\\evil", "\\\\host\\evil"]
)
def test_entry_that_leaves_the_folder_is_refused(tmp_path, form, name):
    good = {"good.txt": b"good"}
    data = packed(good | {name: b"x"}) if form == "zip" else tarred((entry("good.txt"), b"good"), (entry(name), b"x"))
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(downloads.UnsafeArchive, match="outside the folder"):
        downloads.unpack(tmp_path / "x", tmp_path / "in" / "out")
    assert set(contents(tmp_path)) == {"x"} and not (tmp_path / "in").exists()
    with pytest.raises(downloads.UnsafeArchive):  # not even when only the good member is asked for
        downloads.unpack(tmp_path / "x", tmp_path / "in" / "out", ["good.txt"])


@pytest.mark.parametrize(
    "data",
    [
        tarred((entry("link", tarfile.SYMTYPE, "/etc"), b"")),
        tarred((entry("link", tarfile.LNKTYPE, "../../secret"), b"")),
        tarred((entry("null", tarfile.CHRTYPE), b"")),
        tarred((entry("pipe", tarfile.FIFOTYPE), b"")),
        link_in_zip(),
    ],
    ids=["symlink", "hardlink", "device", "pipe", "symlink in zip"],
)
def test_links_and_devices_are_refused(tmp_path, data):
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(downloads.UnsafeArchive, match="link or a device"):
        downloads.unpack(tmp_path / "x", tmp_path / "out")
    assert contents(tmp_path) == {"x": len(data)}


def test_symlink_and_file_through_it_are_refused(tmp_path):
    data = tarred((entry("d", tarfile.SYMTYPE, str(tmp_path)), b""), (entry("d/evil"), b"x"))
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(downloads.UnsafeArchive):
        downloads.unpack(tmp_path / "x", tmp_path / "out")
    assert set(contents(tmp_path)) == {"x"}


@pytest.mark.parametrize("form", ["zip", "tar"])
def test_bomb_is_refused_before_a_byte_is_written(tmp_path, form):
    zeros = bytes(50_000_000)
    (tmp_path / "x").write_bytes(packed({"zeros": zeros}) if form == "zip" else tarred((entry("zeros"), zeros)))
    with pytest.raises(downloads.UnsafeArchive, match="50,000,000 bytes"):
        downloads.unpack(tmp_path / "x", tmp_path / "out")
    assert set(contents(tmp_path)) == {"x"}
    assert downloads.unpack(tmp_path / "x", tmp_path / "out", max_ratio=2000).is_dir()
    with pytest.raises(downloads.UnsafeArchive):
        downloads.unpack(tmp_path / "x", tmp_path / "out2", max_ratio=2000, max_bytes=40_000_000)


def test_bomb_that_lies_about_its_size_is_stopped(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(packed({"zeros": bytes(5_000_000)}))
    honest = archives.opened.__enter__

    def lying(self):
        entries, open_entry = honest(self)
        return [(name, 10, fault) for name, _, fault in entries], open_entry

    monkeypatch.setattr(archives.opened, "__enter__", lying)
    with pytest.raises(downloads.UnsafeArchive, match="more than the archive says"):
        downloads.unpack(tmp_path / "x", tmp_path / "out")
    assert set(contents(tmp_path)) == {"x"} and not (tmp_path / "out").exists()


def test_repeated_name_and_encrypted_entry_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate"):
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr("a", b"1")
            archive.writestr("a", b"2")
    (tmp_path / "x").write_bytes(sink.getvalue())
    with pytest.raises(downloads.UnsafeArchive, match="repeated"):
        downloads.unpack(tmp_path / "x", tmp_path / "out")
    data = bytearray(packed({"a": b"secret"}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(downloads.UnsafeArchive, match="encrypted"):
        downloads.unpack(tmp_path / "x", tmp_path / "out")


def test_damaged_archive_leaves_nothing(tmp_path):
    good = packed({"a": os.urandom(100_000)}, zipfile.ZIP_STORED)
    flipped = bytearray(good)
    flipped[50_000] ^= 1  # found by the checksum, after most of it was written
    gz = tarred((entry("a"), os.urandom(100_000)))
    for data in (bytes(flipped), good[:50_000], b"no archive at all", b"", gz[: len(gz) // 2]):
        (tmp_path / "x").write_bytes(data)
        with pytest.raises(ValueError, match="fetch it again"):
            downloads.unpack(tmp_path / "x", tmp_path / "out")
        assert contents(tmp_path) == {"x": len(data)} and not (tmp_path / "out").exists()


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("place", [0.3, 0.6, 0.9])
def test_an_archive_with_a_wrong_byte_leaves_nothing(tmp_path, mode, place):
    data = bytearray(tarred((entry("a"), os.urandom(3_000_000)), mode=mode))
    data[int(place * len(data))] ^= 0xFF
    (tmp_path / "x").write_bytes(data)
    with pytest.raises(ValueError, match="fetch it again"):
        downloads.unpack(tmp_path / "x", tmp_path / "out")
    assert contents(tmp_path) == {"x": len(data)}


def test_missing_archive_and_missing_member(tmp_path):
    with pytest.raises(FileNotFoundError, match="fetch it first"):
        downloads.unpack(tmp_path / "none.zip", tmp_path / "out")
    (tmp_path / "x").write_bytes(packed({"a": b"1"}))
    with pytest.raises(ValueError, match="has no b; it has a"):
        downloads.unpack(tmp_path / "x", tmp_path / "out", ["b"])


def test_folder_that_is_there_is_kept_if_equal_and_never_overwritten(tmp_path):
    (tmp_path / "x").write_bytes(packed({"a": b"1"}))
    folder = downloads.unpack(tmp_path / "x", tmp_path / "out")
    assert downloads.unpack(tmp_path / "x", folder) == folder
    (folder / "a").write_bytes(b"my own work")
    with pytest.raises(FileExistsError, match="something else"):
        downloads.unpack(tmp_path / "x", folder)
    assert (folder / "a").read_bytes() == b"my own work"


def test_no_room_for_the_unpacked_files(tmp_path, monkeypatch):
    (tmp_path / "x").write_bytes(packed({"a": b"1" * 1000}))
    usage = archives.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage._replace(free=999))
    with pytest.raises(OSError, match="only 999 are free"):
        downloads.unpack(tmp_path / "x", tmp_path / "out")
    assert set(contents(tmp_path)) == {"x"}


def test_member_of_an_archive_in_the_teachers_folder(cache, server, register, tmp_path, monkeypatch):
    teacher = tmp_path / "teacher"
    teacher.mkdir()
    data = packed({"text": b"words " * 1000})
    (teacher / "data.zip").write_bytes(data)
    register(file="data.zip", size=len(data), hash="sha256:" + "0" * 64, members={"text": 6000})
    monkeypatch.setenv("COURSE_DATASETS", str(teacher))
    assert downloads.fetch("sample", "text").read_bytes() == b"words " * 1000
    assert contents(cache) == {"sample/text": 6000} and set(contents(teacher)) == {"data.zip"} and server.seen == []
    (teacher / "text").write_bytes(b"WORDS " * 1000)
    assert downloads.find("sample", "text") == teacher / "text"
    with pytest.raises(KeyError, match="has no member 'txt'; it has text"):
        downloads.find("sample", "txt")


# ---- the registry itself


def test_registry_is_complete_and_plausible():
    entries = downloads.registry()
    assert {"text8", "glove.6B", "nsmc", "nsmc-test", "kowiki-1", "flickr8k-images", "flickr8k-text",
            "inception_v3"} <= set(entries)  # fmt: skip
    for found in entries.values():
        assert re.fullmatch(r"sha256:[0-9a-f]{64}|md5:[0-9a-f]{32}|server", found.hash), found.name
        assert found.url.startswith(("https://", "http://mattmahoney.net/")) and found.bytes > 10**6, found.name
        assert found.licence and found.what and found.source.startswith("https://") and found.checked, found.name
    assert len({(found.folder, found.file) for found in entries.values()}) == len(entries)
    assert (
        entries["inception_v3"].hash[7:].startswith(re.search(r"-([0-9a-f]{8})\.pth", entries["inception_v3"].file)[1])
    )
    revision = re.compile(r"/resolve/[0-9a-f]{40}/|/[0-9a-f]{40}/")
    assert all(revision.search(found.url) for found in entries.values() if found.folder in ("nsmc", "kowiki"))


@pytest.mark.parametrize("headers", [
    {"Content-Encoding": "gzip"}, {"Content-Length": "abc"}, {"Content-Encoding": "gzip", "Content-Length": "17"},
])  # fmt: skip
def test_odd_headers_do_not_spoil_a_whole_file(cache, server, register, headers, monkeypatch):
    packed = "Content-Encoding" in headers
    answer = requests.models.Response()
    answer.status_code, answer.url = 200, server.url
    answer.headers.update({"ETag": '"one"', "Content-Length": str(len(BODY))} | headers)
    answer.raw = io.BytesIO(BODY)  # what `iter_content` gives is unpacked already
    register()
    folder = disk.writable(cache / "sample", "test")
    loader = transfer.Resuming(downloads.lookup("sample"), len(BODY))
    loader.part, loader.tag = folder / "data.bin.part", folder / "data.bin.part.tag"
    loader.receive(answer, 0)
    assert loader.part.read_bytes() == BODY and loader.tag.read_text() == ("" if packed else '"one"')
    if packed:
        answer.status_code = 206
        with pytest.raises(transfer.Passing, match="wrong place"):
            loader.receive(answer, 100)
        assert not loader.part.exists()


def test_a_web_page_is_known_however_it_spells_its_type(cache, server, register):
    server.body, server.headers = b"<html>log in</html>", {"Content-Type": "Text/HTML; charset=utf-8"}
    register(size=None)
    with pytest.raises(downloads.DownloadError, match="a web page came"):
        downloads.fetch("sample")


def test_a_server_that_sends_too_little_is_given_up(cache, server, register, monkeypatch):
    monkeypatch.setattr(transfer, "CHUNK", 100)
    server.script = [150] * 1000
    register()
    with pytest.raises(downloads.DownloadError, match="in a row"):
        downloads.fetch("sample")
    assert len(server.seen) < 50


def test_a_server_that_sends_the_same_again_and_again_is_given_up(cache, server, register):
    server.script, server.wrong_range = [150_000] * 1000, True  # half, then a continuation at the wrong place, …
    register()
    with pytest.raises(downloads.DownloadError, match="in a row"):
        downloads.fetch("sample")
    assert len(server.seen) < 50


PAGE = b"<!doctype html><title>log in</title>" + b" " * 500


def raw(*lines, body=b"", wait=0.0):
    """What a server says in its own words, and how long it keeps the connection open after it."""
    return "\r\n".join(["HTTP/1.1 200 OK", 'ETag: "one"', *lines, "", ""]).encode() + body, wait


BAD = {
    "nothing at all": (b"", 0.0),
    "no HTTP": (b"220 mail.example.org ready\r\n" * 3, 0.0),
    "an answer cut in its head": (b"HTTP/1.1 200 OK\r\nContent-Len", 0.0),
    "an empty body": raw("Content-Length: 0"),
    "an empty body of a stated length": raw(f"Content-Length: {len(BODY)}"),
    "less than the stated length": raw(f"Content-Length: {len(BODY)}", body=BODY[:1234]),
    "less, of no stated length": raw("Connection: close", body=BODY[:1234]),
    "less, and then silence": raw(f"Content-Length: {len(BODY)}", body=BODY[:1234], wait=1.0),
    "a chunk cut in two": raw("Transfer-Encoding: chunked", body=b"4000\r\n" + BODY[:1234]),
    "chunks without their end": raw("Transfer-Encoding: chunked", body=b"4d2\r\n" + BODY[:1234] + b"\r\n"),
    "a chunk of no length": raw("Transfer-Encoding: chunked", body=b"zz\r\n" + BODY[:1234]),
    "a page": raw("Content-Type: text/html", f"Content-Length: {len(PAGE)}", body=PAGE),
    "a page in disguise": raw("Content-Type: application/gzip", f"Content-Length: {len(PAGE)}", body=PAGE),
    "a page in disguise, of no stated length": raw("Connection: close", body=PAGE),
    "packed bytes that are none": raw("Content-Encoding: gzip", "Content-Length: 99", body=BODY[:99]),
    "more than the file": raw("Connection: close", body=BODY + b"more"),
}


@pytest.fixture
def awry(server):
    """A server that answers every request for the file with the same words, until `awry.words` is None."""

    class Awry(Handler):
        words = None

        def do_GET(self):
            if Awry.words is None or self.command == "HEAD":
                return super().do_GET()
            self.wfile.write(Awry.words[0])
            self.wfile.flush()
            time.sleep(Awry.words[1])
            self.close_connection = True

    server.RequestHandlerClass = Awry
    return Awry


@pytest.mark.parametrize("known", ["size and hash", "hash", "what the server states"])
@pytest.mark.parametrize("way", BAD)
def test_whatever_comes_instead_of_the_file_is_told_and_the_next_try_succeeds(
    way, known, cache, server, register, awry, monkeypatch
):
    monkeypatch.setattr(transfer, "RETRIES", 2)
    monkeypatch.setattr(transfer, "READ_TIMEOUT", 0.2)
    monkeypatch.setattr(transfer, "FIRST_TIMEOUT", 0.2)
    if known == "what the server states":
        server.headers = {"X-Linked-ETag": f'"{SHA256[7:]}"'}
        register(size=None, hash="server")
    else:
        register(size=len(BODY) if known == "size and hash" else None)
    awry.words = BAD[way]
    with pytest.raises(downloads.DownloadError, match="What to do: ") as told:
        downloads.fetch("sample")
    assert str(told.value).startswith("sample: ") and server.url in str(told.value), told.value
    assert not {*contents(cache)} - {"sample/data.bin.part", "sample/data.bin.part.tag"}
    assert downloads.find("sample") is None
    awry.words = None
    assert downloads.fetch("sample").read_bytes() == BODY and contents(cache) == DONE


def test_an_archive_cut_in_the_middle_leaves_no_half_of_a_member(cache, server, register, awry):
    data = packed({"text": BODY})
    register(file="data.zip", size=len(data), hash="sha256:" + hashlib.sha256(data).hexdigest(), members={"text": 0})
    awry.words = raw(f"Content-Length: {len(data)}", body=data[: len(data) // 2])
    with pytest.raises(downloads.DownloadError, match="broke off"):
        downloads.fetch("sample", "text")
    assert downloads.find("sample", "text") is None
    awry.words, server.body = None, data
    assert downloads.fetch("sample", "text").read_bytes() == BODY
    assert set(contents(cache)) == {"sample/data.zip", "sample/text"}


def test_only_what_carries_our_mark_is_tidied_away(cache, register):
    register()
    folder = disk.writable(cache / "sample", "test")
    mine = ["tmp_notes.txt", "tmp", ".thesis.part", "my.part", "tmpabcdefgh.txt"]
    ours = ["tmpabc_ef12", ".0123456789ab.part", ".data.bin.0123456789ab.part"]
    for name in (*mine, *ours):
        (folder / name).write_text("text")
    downloads.fetch("sample")
    assert sorted(os.listdir(folder)) == sorted([*mine, "data.bin"])
    (folder / ".run.mine.part").write_text("text")
    draft = files.draft_of(folder / "run")
    draft.touch()
    assert files.leftovers(folder / "run") == [draft]
