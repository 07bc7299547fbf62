"""The eyes of lesson 9: pictures as people have them, InceptionV3, and what it sees, computed once and kept.

    from helpers.vision import features, inception
    features.extract(["a.jpg", "b.jpg"], inception.official(), cache="features.safetensors")

`pictures` opens anything that is a picture, `inception` is the network, `looking` makes it fast, `features` looks at
many pictures, and `store` keeps what was seen by the pictures' content.
"""
