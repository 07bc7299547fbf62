"""Whether a cluster has workers: who waits for counts must hear when nobody is left to work them out."""

import contextlib
import time

PATIENCE = 600  # seconds until a killed worker's successor must be there
LOOKS = 10  # in that time


class Presence:
    """Whether there are workers: `check`, called often, raises RuntimeError after PATIENCE seconds without.

    It looks LOOKS times in that time, and counts looks rather than seconds: a computer may have slept.
    """

    def __init__(self, client):
        self.client, self.looked, self.missing = client, time.monotonic(), 0

    def check(self):
        now = time.monotonic()
        if now < self.looked + PATIENCE / LOOKS:
            return
        self.looked = now
        with contextlib.suppress(OSError):  # the scheduler does not answer either
            self.missing = 0 if self.client.nthreads() else self.missing + 1
        if self.missing > LOOKS:
            raise RuntimeError(f"no worker is left, and none has come for {PATIENCE} seconds: nothing was written; "
                               "start workers, with more memory if they ran out of it, and count again")  # fmt: skip
