"""Three data sets behind one interface: images with captions, split for training, validation and test.

data = dataset("scenes", language="ko")          drawn on the spot
data = dataset("flickr8k")                       photographs, through the registry of downloads
data = dataset("folder", folder="my/pictures")   your own, or Kaggle's: pictures with captions.csv or captions.txt
data.train, data.captions[name], data.image(name)
"""

from pathlib import Path

from .. import arguments, scenes
from ..vision.pictures import opened
from . import flickr8k, tables


class Dataset:
    """Images with captions.

    name, language          such as "scenes" and "ko"
    train, validation, test, new_combinations    lists of image names; the last is empty where there is none
    captions                {image name: [caption, …]}, the sentences as they were written
    """

    def __init__(self, name, language, splits, captions, images):
        self.name, self.language, self.captions, self._images = name, language, captions, images
        self.train, self.validation, self.test = splits["train"], splits["validation"], splits["test"]
        self.new_combinations = splits.get("new_combinations", [])

    @property
    def names(self):
        """All image names, in the order of the splits."""
        return [*self.train, *self.validation, *self.test, *self.new_combinations]

    def references(self, names):
        """The captions of some images: a list of lists of sentences."""
        return [self.captions[name] for name in self.known(names)]

    def images(self, names=None):
        """{name: Scene or path}, what `vision.features.extract` takes; all images without `names`."""
        return {name: self._images[name] for name in (self.names if names is None else self.known(names))}

    def image(self, name):
        """One picture: PIL, RGB."""
        return opened(self._images[self.known([name])[0]])

    def known(self, names):
        """Names of images, as a list; a dict by name will do.  ValueError for one that is not in this data set."""
        names = arguments.names("names", names)
        if missing := [name for name in names if name not in self._images]:
            raise ValueError(f"no image is called {missing[0]!r}: the names are {arguments.shown(self.names)}")
        return names

    def __repr__(self):
        sizes = {"train": self.train, "validation": self.validation, "test": self.test, "new": self.new_combinations}
        return f"{self.name} ({self.language}): " + ", ".join(f"{len(v)} {k}" for k, v in sizes.items() if v)


def dataset(name="scenes", language="en", seed=1, folder=None, **counts):
    """A `Dataset` by name: "scenes" (drawn by this course), "flickr8k" (photographs) or "folder" (your own).

    language  of the scenes' captions, "ko" or "en"; Flickr8k has English ones only; of a folder what its captions are
    seed      of the scenes, and of how a folder is split
    folder    of Flickr8k: where it lies already; otherwise it is looked for and downloaded.  Of "folder": see `tables`
    counts    of the scenes: train=1800, validation=200, test=200, new_combinations=200
    ValueError for another name, or a language that the set does not have; TypeError for options of another set.
    """
    if arguments.choice("name", name, ("scenes", "flickr8k", "folder")) == "scenes":
        arguments.choice("language", language, ("ko", "en"))
        if unknown := counts.keys() - {"train", "validation", "test", "new_combinations"}:
            raise TypeError(f"there is no option {min(unknown)!r}: scenes take train, validation, test and "
                            "new_combinations, how many of each")  # fmt: skip
        parts = scenes.splits(seed=seed, **counts)
        made = {scene.name: scene for part in parts.values() for scene in part}
        captions = {scene.name: scene.captions(language) for scene in made.values()}
        return Dataset(name, language, {part: [scene.name for scene in parts[part]] for part in parts}, captions, made)
    if counts:
        raise TypeError(f"{name} takes no option {min(counts)!r}: its pictures are all there are")
    if name == "folder":
        splits, captions, paths = tables.read(arguments.path("folder", folder), seed)
        return Dataset(name, language, splits, captions, paths)
    arguments.choice("language", language, ("en",), hint=": Flickr8k is English")
    splits, captions, paths = flickr8k.read(folder and Path(folder))
    return Dataset(name, language, splits, captions, paths)
