"""One file over HTTP: resumed where it broke off, tried again when the server stumbles."""

import contextlib
import os
import re
import socket
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import requests
from tqdm.auto import tqdm

from .disk import DownloadError, NoNetwork, WrongHash, enough_room

CONNECT_TIMEOUT = 4.0  # seconds until the network counts as absent
FIRST_TIMEOUT = 6.0  # seconds until the first answer; a firewall may accept a connection and then say nothing
READ_TIMEOUT = 30.0  # seconds without a byte until a transfer counts as broken
RETRIES = 5  # in a row without a byte of progress
BACKOFF = 1.0  # seconds before the first retry, doubled each time
CHUNK = 1 << 14  # bytes; what is lost of a transfer that breaks off is less than this
PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP answers that may be better in a moment


class Passing(Exception):
    """A fault that may be gone at the next try."""


class Resuming:
    """A downloader for pooch that goes on where a broken transfer stopped, in this process or an earlier one.

    What has come stands in `<file>.part`.  Its continuation is asked for by HTTP Range with If-Range (RFC 9110,
    sections 13.1.5 and 14), so that a server whose file has changed sends it whole.

    continued   whether something of the file had come before its last answer
    """

    def __init__(self, entry, size):
        self.entry, self.size, self.answered, self.continued = entry, size, False, False

    def __call__(self, url, output_file, pooch=None):
        self.part = Path(output_file).with_name(f"{self.entry.file}.part")
        self.tag = self.part.with_suffix(".part.tag")  # the ETag or date of the file that the part belongs to
        failures, furthest = 0, self.have()
        step = max(CHUNK, (self.size or self.entry.about) // 100)  # a server that sends less at a time does not help
        while True:
            try:
                self.transfer(url)
                break
            except Passing as error:
                failures += 1
                if self.have() >= furthest + step:
                    failures, furthest = 1, self.have()
                if failures > (RETRIES if self.answered else 1):  # a server that never answered gets one more try
                    kind = NoNetwork if isinstance(error.__cause__, requests.ConnectionError) else DownloadError
                    reason = f"{error}, {failures} times in a row"
                    raise kind(self.entry.name, reason, f"try again later; or {self.entry.by_hand}") from error
                time.sleep(min(30.0, BACKOFF * 2 ** (failures - 1)))
        os.replace(self.part, output_file)
        self.tag.unlink(missing_ok=True)

    def have(self):
        """Bytes that have come so far."""
        return self.part.stat().st_size if self.part.exists() else 0

    def transfer(self, url):
        """One request: the whole file, or what is missing of it."""
        have = self.have()
        self.continued = have > 0
        if self.size and have == self.size:
            return
        tag = self.tag.read_text(encoding="utf-8") if self.tag.exists() else ""
        headers = {"Accept-Encoding": "identity", "User-Agent": "language-intelligence-course"}
        if have and tag and not (self.size and have > self.size):
            headers |= {"Range": f"bytes={have}-", "If-Range": tag}
        try:
            patience = READ_TIMEOUT if self.answered else FIRST_TIMEOUT
            with requests.get(url, headers=headers, stream=True, timeout=(CONNECT_TIMEOUT, patience)) as answer:
                self.answered = True
                self.receive(answer, have)
        except requests.exceptions.SSLError as error:
            remedy = f"the certificate is not accepted, which a filter on the network may cause: {self.entry.by_hand}"
            raise NoNetwork(self.entry.name, f"no safe connection to {urlsplit(url).hostname}", remedy) from error
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            raise Passing("the connection broke off") from error
        except requests.RequestException as error:
            raise DownloadError(self.entry.name, f"{url} cannot be asked for ({error})", self.entry.by_hand) from error

    def receive(self, answer, have):
        """Append what a server answers to the part, or begin it anew."""
        packed = answer.headers.get("Content-Encoding", "identity").lower() not in ("", "identity")
        if answer.status_code == 206 and packed:  # places in the packed file are none in ours
            self.part.unlink()
            raise Passing("the server continued at the wrong place")
        if answer.status_code == 206:
            span = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", answer.headers.get("Content-Range", ""))
            if not span or int(span[1]) != have or (self.size and int(span[2]) != self.size):
                self.part.unlink()
                raise Passing("the server continued at the wrong place")
            total = int(span[2])
        elif answer.status_code == 200:  # a first request, a server without Range, or a file that has changed
            have, total = 0, whole_number(answer.headers.get("Content-Length"))
            self.continued = False
        elif answer.status_code == 416:
            if answer.headers.get("Content-Range") == f"bytes */{have}":
                return  # all of it has come before
            self.part.unlink(missing_ok=True)
            raise Passing("the server cannot continue there")
        elif answer.status_code in PASSING:
            raise Passing(f"the server answered {answer.status_code} {answer.reason}")
        else:
            reason = f"the server answered {answer.status_code} {answer.reason} for {answer.url}"
            raise DownloadError(self.entry.name, reason, self.entry.by_hand)
        if packed:
            total = 0  # the length it states is that of the packed file
        if "text/html" in answer.headers.get("Content-Type", "").lower():
            reason = "a web page came instead of the file, perhaps the login page of this network"
            raise DownloadError(
                self.entry.name, reason, f"log in with a browser and try again; or {self.entry.by_hand}"
            )
        if self.size and total and total != self.size:
            reason = f"the server has a file of {total:,} bytes instead of {self.size:,}"
            raise WrongHash(self.entry.name, reason, f"the file was changed at its source; {self.entry.by_hand}")
        total = total or self.size or 0
        enough_room(self.entry.name, self.part.parent, (total or self.entry.about) - have)
        if not have:
            self.part.write_bytes(b"")
            tag = answer.headers.get("ETag", "") if not packed else ""
            date = answer.headers.get("Last-Modified", "") if not packed else ""
            self.tag.write_text(date if tag.startswith("W/") or not tag else tag, encoding="utf-8")
        bar = tqdm(desc=self.entry.name, total=total or None, initial=have, unit="B", unit_scale=True, leave=False)
        with bar, open(self.part, "ab") as file:
            for data in answer.iter_content(CHUNK):
                file.write(data)
                bar.update(len(data))
            file.flush()
            os.fsync(file.fileno())
        if total and self.have() < total:
            raise Passing("the connection broke off")


def whole_number(text):
    """What a header of an answer says; 0 if it says nothing, or no number."""
    return int(text) if text and text.strip().isascii() and text.strip().isdigit() else 0


def server_states(entry):
    """(hash, size or None) that the host states for a file in its large-file storage, as Hugging Face does."""
    try:
        answer = requests.head(entry.url, allow_redirects=True, timeout=(CONNECT_TIMEOUT, FIRST_TIMEOUT))
    except requests.RequestException as error:
        raise NoNetwork(entry.name, "the connection broke off", f"try again; or {entry.by_hand}") from error
    for step in [*answer.history, answer]:
        digest = step.headers.get("X-Linked-ETag", "").strip('"')
        if re.fullmatch("[0-9a-f]{64}", digest):
            return f"sha256:{digest}", whole_number(step.headers.get("X-Linked-Size")) or None
    reason = "the server states no sha256 for this file, so what it sends cannot be verified"
    if not answer.ok:
        reason = f"the server answered {answer.status_code} {answer.reason}"
    raise DownloadError(entry.name, reason, entry.by_hand)


def reachable(url):
    """Whether the server, or the proxy on the way to it, accepts a connection within CONNECT_TIMEOUT."""
    proxy = requests.utils.select_proxy(url, requests.utils.get_environ_proxies(url))
    target = urlsplit(proxy if proxy and "//" in proxy else f"//{proxy}" if proxy else url)
    address = target.hostname, target.port or (443 if target.scheme == "https" else 80)
    accepted = threading.Event()

    def connect():  # in a thread, since looking up a name without a network may take half a minute
        with contextlib.suppress(OSError), socket.create_connection(address, CONNECT_TIMEOUT):
            accepted.set()
        done.set()

    done = threading.Event()
    threading.Thread(target=connect, daemon=True).start()
    done.wait(CONNECT_TIMEOUT)
    return accepted.is_set()
