"""Eyes: which network, layer and size a captioner's features come from, so that a new picture is seen the same way.

eyes = Eyes.of("narrow", grid=True)
grids = eyes.extract(data.images(), cache="features.safetensors")
captioner = captions.train(grids, texts, eyes=eyes)
captioner.describe("photo.jpg")
"""

from dataclasses import dataclass
from functools import cache as memoised

from .. import arguments
from . import features, inception
from .looking import POOLED, weights_hash

NETWORKS = {"narrow": inception.narrow, "official": inception.official, "untrained": inception.untrained}


@memoised
def loaded(name):
    """A network by name, read once."""
    return NETWORKS[name]()


@dataclass(frozen=True)
class Eyes:
    """How pictures were looked at.

    network  "narrow" (ships with the course), "official" (ImageNet, 109 MB) or "untrained"
    weights  16 digits that any other weights would change
    layer    "pooled", or the layer whose cells are taken
    size     pixels of the square that the network sees
    """

    network: str
    weights: str
    layer: str
    size: int

    @classmethod
    def of(cls, network="narrow", grid=False):
        """The eyes of a network by name, with its own layer and size."""
        net = loaded(arguments.choice("network", network, NETWORKS))
        way = features.Way.of(net, arguments.flag("grid", grid), None, None, "float32", "cpu")
        return cls(network, weights_hash(net), way.layer, way.size)

    def extract(self, images, network=None, **options):
        """`features.extract` with this network, layer and size; options: cache, progress, device, on_error, ….

        ValueError if the network's weights are not those of these eyes.
        """
        network = loaded(self.network) if network is None else features.a_network(network)
        if (found := weights_hash(network)) != self.weights:
            raise ValueError(f"this is another network: the features come from {self.network!r} with the weights "
                             f"{self.weights}, and these are {found}; look with that one, or train anew")  # fmt: skip
        layer = None if self.layer == POOLED else self.layer
        return features.extract(images, network, grid=bool(layer), size=self.size, layer=layer, **options)
