"""Text to numbers, as fast as it can be read: the words of a vocabulary in a table where a compiled loop looks them up.

    table = Table({"the": 0, "road": 1, "wide": 2})
    table.look_up("the wide road\nthe unknown sun\n")      # 0 2 1 END 0 END

A text as numbers is one long row of word ids (int32), with END where a sentence ends.

The table is a hash table with open addressing.  The hash of a word (FNV-1a, as in lesson 8, over its characters) says
in which slot the word stands; if another word stands there already, it is the next slot that is free.  Python's dict
does the same, but its words lie scattered over the memory, and fetching one takes longer than comparing it.  Here all
words lie in one array, character by character.
"""

import numpy as np

from helpers import compiled

END = -1  # stands where a sentence ends
FREE = -1  # a slot without a word
LINE_FEED = ord("\n")
SPACES = np.array([chr(code).isspace() for code in range(0x3001)])  # what `str.split` cuts at; U+3000 is the last
OFFSET, PRIME = np.uint32(2166136261), np.uint32(16777619)  # of FNV-1a with 32 bits


class Table:
    """The words of a dict word → id; keys that are not strings are left out.

    letters  uint32: the characters of all words, one word after the other
    starts   int64 (words + 1,): those of word w are letters[starts[w]] … letters[starts[w + 1] − 1]
    ids      int32 (words,)
    slots    int32 (a power of two,): which word stands there, or FREE, as in half of them at least
    """

    def __init__(self, index):
        words = [word for word in index if isinstance(word, str)]
        self.letters = characters("".join(words))
        self.starts = np.concatenate(([0], np.cumsum(np.fromiter(map(len, words), np.int64, len(words)))))
        self.ids = np.fromiter((index[word] for word in words), np.int32, len(words))
        self.slots = np.full(1 << (2 * len(words)).bit_length(), FREE, np.int32)
        fill(self.letters, self.starts, self.slots)

    def look_up(self, text, longest=2**62, length=0, empty=False):
        """The words of a text, cut at white space: (ids int32, words, spaces, length).

        ids     of the words that the table has, and END after each sentence
        words   how many words there are, with those that the table lacks
        spaces  how many characters are white space
        length  how many words stand after the last END; the next piece of the text takes it as its `length`

        A sentence ends with its line, or before the next word when it has `longest` words.
        empty: whether a line without words is a sentence.
        """
        codes = characters(text)
        ids = np.empty(len(codes) + 1, np.int32)  # a character at least for each word and each end, but the first END
        table = (self.letters, self.starts, self.ids, self.slots)
        n, words, spaces, length = encode(codes, SPACES, *table, longest, length, empty, ids)
        return ids[:n], words, spaces, length


def characters(text):
    """The code of each character: uint32 (len(text),)."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


@compiled.loop
def fill(letters, starts, slots):
    """Give every word its slot."""
    for word in range(len(starts) - 1):
        found = OFFSET
        for code in letters[starts[word] : starts[word + 1]]:
            found = np.uint32((found ^ code) * PRIME)  # numba multiplies in 64 bits
        slot = found & (len(slots) - 1)  # the remainder, since their number is a power of two
        while slots[slot] != FREE:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = word


@compiled.loop
def encode(text, spaces, letters, starts, numbers, slots, longest, length, empty, ids):
    """See `Table.look_up`; text uint32 (n,); ids int32 (n + 1,) is written to."""
    n = words = blanks = place = 0
    while place < len(text):
        begin, found = place, OFFSET
        while place < len(text) and (text[place] >= len(spaces) or not spaces[text[place]]):
            found = np.uint32((found ^ text[place]) * PRIME)
            place += 1
        if place > begin:
            if length == longest:
                ids[n] = END
                n, length = n + 1, 0
            word = word_at(found & (len(slots) - 1), text[begin:place], letters, starts, slots)
            if word != FREE:
                ids[n] = numbers[word]
                n += 1
            words, length = words + 1, length + 1
        else:
            if text[place] == LINE_FEED and (length > 0 or empty):
                ids[n] = END
                n, length = n + 1, 0
            blanks, place = blanks + 1, place + 1
    return n, words, blanks, length


@compiled.loop
def word_at(slot, text, letters, starts, slots):
    """Which word of the table is equal to the text, looked for from this slot on; FREE if none is."""
    while slots[slot] != FREE:
        word = slots[slot]
        if starts[word + 1] - starts[word] == len(text):
            k = 0
            while k < len(text) and letters[starts[word] + k] == text[k]:
                k += 1
            if k == len(text):
                return word
        slot = (slot + 1) & (len(slots) - 1)
    return FREE
