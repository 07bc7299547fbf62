"""The server for the pages that Chromium opens."""

import http.client
import os
import socket
import struct
import threading
import urllib.request

import pytest

import chromium


@pytest.fixture(autouse=True)
def directly(monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def test_who_hangs_up_is_not_told_of_and_the_next_is_served(tmp_path, capfd):
    (tmp_path / "large").write_bytes(b"x" * 30_000_000)
    (tmp_path / "small").write_bytes(b"y")
    with chromium.serving(tmp_path) as url:
        host, port = url.removeprefix("http://").split(":")
        one = socket.create_connection((host, int(port)))
        one.sendall(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
        assert one.recv(100)
        # Without a farewell: the server's next packet comes back
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0))
        one.close()
        for thread in threading.enumerate():
            if "process_request_thread" in thread.name:
                thread.join(60)
        assert urllib.request.urlopen(f"{url}/small").read() == b"y"
    assert capfd.readouterr() == ("", "")


def test_what_goes_wrong_otherwise_is_told(tmp_path, capfd, monkeypatch):
    monkeypatch.setattr(chromium.Quiet, "do_GET", lambda self: 1 / 0)
    with chromium.serving(tmp_path) as url, pytest.raises((http.client.HTTPException, OSError)):
        urllib.request.urlopen(url)
    assert "ZeroDivisionError" in capfd.readouterr().err
