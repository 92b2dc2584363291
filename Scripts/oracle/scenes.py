"""What is done to pictures to make cases: all of it exact, so that every machine makes the same pixels."""

from dataclasses import dataclass

import numpy as np
from PIL import Image


@dataclass
class Scene:
    image: Image.Image  # RGB

    def crop(self, left: int, top: int, right: int, bottom: int) -> "Scene":
        return Scene(self.image.crop((left, top, right, bottom)))

    def turn(self, degrees: int, ground) -> "Scene":
        """Counter-clockwise, the picture growing so that nothing is cut off."""
        return Scene(self.image.rotate(degrees, Image.Resampling.BILINEAR, expand=True, fillcolor=ground))

    def resize(self, width: int, height: int) -> "Scene":
        return Scene(self.image.resize((width, height), Image.Resampling.BICUBIC))

    def scale(self, larger_side: int) -> "Scene":
        width, height = self.image.size
        larger = max(width, height)
        return self.resize(max(1, width * larger_side // larger), max(1, height * larger_side // larger))

    def grey(self) -> "Scene":
        return Scene(self.image.convert("L").convert("RGB"))

    def light(self, percent: int, offset: int) -> "Scene":
        """Each sample × percent / 100 + offset, cut to 0…255."""
        return Scene(self.image.point([max(0, min(255, value * percent // 100 + offset)) for value in range(256)] * 3))

    def noise(self, amplitude: int) -> "Scene":
        """Adds up to ±amplitude to each sample, always the same."""
        pixels = np.asarray(self.image).astype(np.int64)
        added = scrambled(pixels.size).reshape(pixels.shape) % (2 * amplitude + 1) - amplitude
        return Scene(Image.fromarray(np.clip(pixels + added, 0, 255).astype(np.uint8)))


def scrambled(count: int) -> np.ndarray:
    """`count` numbers of 0…2^31−1 without visible order: a multiplicative hash, the same everywhere."""
    numbers = np.arange(1, count + 1, dtype=np.uint64)
    numbers = (numbers * np.uint64(0x9E3779B97F4A7C15)) ^ (numbers * np.uint64(0xBF58476D1CE4E5B9) >> np.uint64(29))
    numbers *= np.uint64(0x94D049BB133111EB)
    return (numbers >> np.uint64(33)).astype(np.int64)


def mirrored(scene: Scene) -> Scene:
    return Scene(scene.image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))


def on(ground, width: int, height: int, *placed) -> Scene:
    """Scenes pasted on a plain ground, each given as (scene, left, top)."""
    picture = Image.new("RGB", (width, height), ground)
    for scene, left, top in placed:
        picture.paste(scene.image, (left, top))
    return Scene(picture)


def beside(*scenes: Scene) -> Scene:
    """From left to right, aligned at the top, on black."""
    lefts = [sum(scene.image.width for scene in scenes[:index]) for index in range(len(scenes))]
    width, height = sum(scene.image.width for scene in scenes), max(scene.image.height for scene in scenes)
    return on((0, 0, 0), width, height, *[(scene, left, 0) for scene, left in zip(scenes, lefts)])


def stacked(*scenes: Scene) -> Scene:
    """From top to bottom, aligned at the left, on black."""
    tops = [sum(scene.image.height for scene in scenes[:index]) for index in range(len(scenes))]
    width, height = max(scene.image.width for scene in scenes), sum(scene.image.height for scene in scenes)
    return on((0, 0, 0), width, height, *[(scene, 0, top) for scene, top in zip(scenes, tops)])
