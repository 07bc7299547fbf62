"""Flickr8k: 8,000 photographs with five English captions each, and their official split.

Hodosh, Young and Hockenmaier 2013, https://www.jair.org/index.php/jair/article/view/10833; for research and teaching
only, never to be redistributed.  Flickr8k.token.txt has one caption a line, `NAME.jpg#0<tab>caption`, with quotes and
commas in the sentences, so it is split at the tab and nowhere else.  It names one image that does not exist,
2258277193_586949ec62.jpg.1, so there are 8,092 names for 8,091 images; the lists of the splits name 8,000 of them.
"""

from pathlib import Path

from .. import arguments, downloads, letters
from ..downloads.disk import alone

TOKENS = "Flickr8k.token.txt"
SPLITS = {
    "train": "Flickr_8k.trainImages.txt", "validation": "Flickr_8k.devImages.txt", "test": "Flickr_8k.testImages.txt",
}  # fmt: skip
IMAGES = ("images", "Flicker8k_Dataset", "Flickr8k_Dataset", "Images", ".")


def load(split="train", folder=None, images=False):
    """One split, as (paths, captions): {name: path} and {name: [five captions]}.

    split   "train" (6,000 images), "validation" (the official development images, 1,000) or "test" (1,000)
    folder  with the text files and the images in it or in a sub-folder; None: through the registry of downloads
    images  False: names whose picture is not there keep the path where it would lie, so that features made elsewhere
            can be used; True: only pictures that are there, FileNotFoundError if there is none
    """
    arguments.choice("split", split, SPLITS)
    splits, captions, paths = read(folder, fetch_images=images)
    names = [name for name in splits[split] if not images or paths[name].is_file()]
    if images and not names:
        raise FileNotFoundError(f"no picture of {split} is in {folder or 'the cache'}: put them into {IMAGES[0]} there")
    return {name: paths[name] for name in names}, {name: captions[name] for name in names if name in captions}


def read(folder=None, fetch_images=True):
    """(splits, captions, paths): {split: [names]}, {name: [captions]}, {name: path}.

    Images in the lists without captions, and captions of images in no list, are left out of a split or of `captions`;
    a local copy may hold the captions of some splits only.
    FileNotFoundError, naming what is missing, where a file is not there.
    """
    text = Path(folder) if folder else unpacked("flickr8k-text")
    captions = tokens(_find(text, TOKENS))
    splits = {split: _names(_find(text, file)) for split, file in SPLITS.items()}
    place = Path(folder) if folder else unpacked("flickr8k-images") if fetch_images else Path("images")
    place = next((place / name for name in IMAGES if any((place / name).glob("*.jpg"))), place)
    listed = [name for names in splits.values() for name in names]
    splits = {split: [name for name in names if name in captions] for split, names in splits.items()}
    captions = {name: captions[name] for name in listed if name in captions}
    return splits, captions, {name: letters.found(place / name) for name in listed}


def unpacked(name):
    """The folder with the content of a set of the registry, fetched and unpacked once, whole or not at all."""
    folder = downloads.cache_folder() / downloads.lookup(name).folder / name
    with alone(folder.with_name(f"{name}.lock"), name):
        return folder if folder.is_dir() else downloads.unpack(downloads.fetch(name), folder)


def tokens(path):
    """Flickr8k.token.txt as {image name: [caption, …]}, in the order of the file.

    ValueError, naming the line, where there is no tab or no `#` with a number; an empty caption is an error too.
    """
    captions = {}
    for number, line in enumerate(letters.lines_of(path), 1):
        if not line.strip():
            continue
        key, tab, caption = line.partition("\t")
        name, hash_sign, index = key.rpartition("#")
        if not (tab and hash_sign and index.isdigit() and caption.strip()):
            raise ValueError(f"{path}, line {number}: wanted NAME.jpg#0, a tab and a caption, found {line[:60]!r}")
        if name.lower().endswith((".jpg", ".jpeg", ".png")):  # 2258277193_586949ec62.jpg.1 is no image
            captions.setdefault(letters.tidy(name), []).append(caption.strip())
    return captions


def _names(path):
    return [letters.tidy(line.strip()) for line in letters.lines_of(path) if line.strip()]


def _find(folder, name):
    found = next(iter(sorted(folder.rglob(name))), None) if folder.is_dir() else None
    if found is None:
        raise FileNotFoundError(f"{name} is not in {folder}; unpack Flickr8k_text.zip there, or leave folder out")
    return found
