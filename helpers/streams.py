"""A corpus as one stream of word ids on disk: read once, then gone through in chunks as often as training wants.

Four bytes a word, and −1 where a sentence ends.  Only one chunk is in memory at a time, so a corpus may be
larger than memory.
"""

import errno
import hashlib
import tempfile
import threading

import numpy as np

from helpers import files
from helpers.lookup import END
from helpers.vocabulary import encoded

FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}  # how a full disk or a quota shows


class TokenStream:
    """The ids of a corpus (int32) in a temporary file that goes away with the object, and with a killed process too.

    tokens  how many ids there are, sentence ends apart
    size    how many entries the file has, sentence ends included
    """

    def __init__(self, sentences, vocabulary, folder=None):
        """Encode an iterable of token lists; words that the vocabulary lacks are left out.

        Raises ValueError if nothing is left to learn from, TypeError for a string in place of a sentence, and
        OSError (with the remedy) if the disk is full.
        """
        self.size = self.tokens = 0
        self.file, self.lock = files.temporary(folder), threading.Lock()  # a file without a name
        neighbors = False
        try:
            for ids in encoded(sentences, vocabulary.index):
                self.file.write(ids.tobytes())
                self.size += len(ids)
                words = ids != END
                self.tokens += int(words.sum())
                neighbors = neighbors or bool((words[1:] & words[:-1]).any())
            self.file.flush()
        except OSError as error:
            self.close()
            if error.errno not in FULL:  # the corpus itself could not be read
                raise
            raise OSError(error.errno, f"cannot store the corpus in {folder or tempfile.gettempdir()}: "
                                       f"{error.strerror}. Set TMPDIR to a folder with room for four bytes a word"
                          ) from None  # fmt: skip
        except BaseException:
            self.close()
            raise
        if not self.tokens:
            self.close()
            raise ValueError(
                "no word of these sentences is in the vocabulary. A generator can be read only once: "
                "pass a list of token lists, or corpora.load(…)"
            )
        if not neighbors:
            self.close()
            raise ValueError("no sentence holds two words of the vocabulary, so no word has a neighbor to learn from: "
                             "pass longer sentences, or lower min_count")  # fmt: skip

    def chunk(self, start, length):
        """Entries start to start + length of the stream, as an int32 array."""
        ids = np.empty(max(0, min(length, self.size - start)), np.int32)
        with self.lock:  # several threads read, and the file has one position
            self.file.seek(4 * start)
            self.file.readinto(ids)
        return ids

    def starts(self, length):
        """Where the chunks of this length begin."""
        return range(0, self.size, length)

    def digest(self):
        """A hash of the whole stream: 64 hexadecimal digits."""
        found = hashlib.sha256()
        for start in self.starts(1 << 20):
            found.update(self.chunk(start, 1 << 20))
        return found.hexdigest()

    def close(self):
        """Give the file back to the disk."""
        try:
            self.file.close()
        except OSError:  # what the full disk did not take is still waiting to be written
            pass
