"""HEIC and AVIF: the same pixels as pillow-heif's, turned and cropped as ISO 23008-12 says."""

import subprocess
import unittest

import numpy
from PIL import Image

from heif_file import Coded, HeifFile, box, crop, mirror, rotation, size, tiled
from helper import PICTURE_LIMITS, HelperCase, command, read, run
from scenes import encode, encode_ten_bits, pillow, scene


class Pixels(HelperCase):
    def check(self, name, content, **expected):
        outcome = run("picture", self.write("picture", content))
        self.assertEqual((outcome.failure, outcome.error), (None, ""), name)
        self.assert_near(outcome.pixels, pillow(content), 1, name)
        for key, value in expected.items():
            self.assertEqual(outcome.head[key], value, name)
        self.assertEqual(outcome.done, {"given": 1, "decoded": 1, "damaged": 0, "last": 0, "flags": 0})

    def test_eight_bits_of_each_sampling_are_within_one_level(self):
        # an odd size is stored larger, and cropped
        for kind, number in (("HEIF", 1), ("AVIF", 2)):
            for sampling in (420, 422, 444):
                with self.subTest(f"{kind} {sampling}"):
                    content = encode(scene(301, 203), kind, chroma=sampling)
                    self.check(f"{kind} {sampling}", content, width=301, height=203, bits=8, format=number)

    def test_ten_bits_become_eight_within_one_level(self):
        for kind, number in (("HEIF", 1), ("AVIF", 2)):
            for options in (
                {}, {"chroma": 422}, {"chroma": 444}, {"matrix_coefficients": 1}, {"matrix_coefficients": 9},
                {"matrix_coefficients": 1, "full_range_flag": 0}, {"matrix_coefficients": 6, "full_range_flag": 0},
            ):
                with self.subTest(f"{kind} {options}"):
                    self.check(kind, encode_ten_bits(scene(192, 128), kind, **options), bits=10, format=number)

    def test_matrix_and_range_are_those_that_the_file_names(self):
        for options in ({"matrix_coefficients": 1}, {"matrix_coefficients": 9, "full_range_flag": 0}):
            self.check(f"{options}", encode(scene(192, 128), **options))

    def test_grey_and_transparent_pictures_are_rgb(self):
        grey = numpy.asarray(Image.fromarray(scene(128, 96)).convert("L"))
        self.check("grey", encode(grey), flags=0)
        clear = numpy.dstack([scene(128, 96), numpy.full((96, 128), 90, numpy.uint8)])
        self.check("transparent", encode(clear), flags=1)

    def test_the_head_alone_is_what_the_whole_picture_says_of_itself(self):
        coded = Coded(encode(scene(384, 256)))
        cropped = HeifFile()
        cropped.add(coded.kind, coded.data, [size(384, 256), coded.configuration, crop(300, 200, 8, -12), rotation(1)])
        for name, content in (
            ("heic", encode(scene(301, 203))), ("avif", encode(scene(64, 48), "AVIF")), ("turned", cropped.content()),
            ("ten bits", encode_ten_bits(scene(192, 128), "HEIF")), ("grid", tiled([Coded(encode(scene(256, 256)))], 256, 2, 3, 650, 450).content()),
        ):
            with self.subTest(name):
                path = self.write("whole", content)
                head = run("head", path)
                self.assertEqual((head.failure, head.frames), (None, []))
                self.assertEqual(head.done, {"given": 0, "decoded": 0, "damaged": 0, "last": 0, "flags": 0})
                self.assertEqual(head.head, run("picture", path).head)
                # nothing is decoded, so what is there for it may be gone
                begin = content.rindex(b"mdat") + 4
                emptied = run("head", self.write("emptied", content[:begin] + bytes(len(content) - begin)))
                self.assertEqual(emptied.head, head.head)

    def test_a_pipe_gives_the_same_as_a_file(self):
        content = encode(scene(640, 480), quality=95)
        done = subprocess.run(command("picture", PICTURE_LIMITS), input=content, capture_output=True)
        from_file = run("picture", self.write("picture", content))
        self.assertTrue((read(done.returncode, done.stdout).pixels == from_file.pixels).all())


def turned(pixels, transformations):
    """ISO 23008-12, 6.5: each in its order."""
    for name, value in transformations:
        if name == "irot":
            pixels = numpy.rot90(pixels, value)
        elif name == "imir":
            pixels = pixels[::-1] if value == 0 else pixels[:, ::-1]
        else:
            width, height, right, down = value
            x = (pixels.shape[1] - width + right) // 2
            y = (pixels.shape[0] - height + down) // 2
            pixels = pixels[y:y + height, x:x + width]
    return pixels


BOXES = {"irot": rotation, "imir": mirror, "clap": lambda value: crop(*value)}
TURNS = [
    [("irot", 1)], [("irot", 2)], [("irot", 3)], [("imir", 0)], [("imir", 1)],
    [("irot", 1), ("imir", 0)], [("irot", 3), ("imir", 1)],
    [("clap", (300, 200, 8, -12))], [("clap", (300, 200, 0, 0)), ("irot", 1), ("imir", 1)], [("clap", (256, 128, 0, 4))],
]


class Turns(HelperCase):
    def boxes(self, turns):
        return [BOXES[name](value) for name, value in turns]

    def test_turns_mirrors_and_crops_are_applied_in_their_order(self):
        for kind in ("HEIF", "AVIF"):
            coded = Coded(encode(scene(384, 256), kind))
            plain = HeifFile(b"avifmif1avif" if kind == "AVIF" else b"heicmif1heic")
            plain.add(coded.kind, coded.data, [size(384, 256), coded.configuration])
            upright = pillow(plain.content())
            for turns in TURNS:
                with self.subTest(f"{kind} {turns}"):
                    file = HeifFile(plain.brands)
                    file.add(coded.kind, coded.data, [size(384, 256), coded.configuration, *self.boxes(turns)])
                    outcome = run("picture", self.write("turned", file.content()))
                    self.assert_near(outcome.pixels, turned(upright, turns), 1)
                    self.assertEqual((outcome.head["stored_width"], outcome.head["stored_height"]), (384, 256))

    def test_exif_orientation_is_ignored(self):
        """MIAF 7.3.10.1: what EXIF says is for information."""
        coded = Coded(encode(scene(256, 192)))
        exif = Image.Exif()
        exif[0x0112] = 6
        file = HeifFile()
        picture = file.add(coded.kind, coded.data, [size(256, 192), coded.configuration, rotation(3)])
        file.add(b"Exif", bytes(4) + exif.tobytes(), references=[picture], reference=b"cdsc")
        outcome = run("picture", self.write("exif", file.content()))
        plain = HeifFile()
        plain.add(coded.kind, coded.data, [size(256, 192), coded.configuration])
        self.assert_near(outcome.pixels, numpy.rot90(pillow(plain.content()), 3), 1)

    def test_the_primary_image_is_given_and_no_other(self):
        first, second = Coded(encode(scene(128, 128))), Coded(encode(scene(192, 64, 2)))
        file = HeifFile()
        file.add(first.kind, first.data, [size(128, 128), first.configuration])
        file.primary = file.add(second.kind, second.data, [size(192, 64), second.configuration])
        outcome = run("picture", self.write("two", file.content()))
        self.assert_near(outcome.pixels, pillow(encode(scene(192, 64, 2))), 1)


class Grids(HelperCase):
    def tiles(self, kind="HEIF", count=3, side=512):
        return [Coded(encode(scene(side, side, shift), kind)) for shift in range(count)]

    def test_tiles_become_one_picture_turned_as_a_whole(self):
        for kind in ("HEIF", "AVIF"):
            tiles = self.tiles(kind, side=256)
            upright = pillow(tiled(tiles, 256, 2, 3, 650, 450).content())
            for turns in ([], [("irot", 3)], [("irot", 1), ("imir", 0)]):
                boxes = [BOXES[name](value) for name, value in turns]
                outcome = run("picture", self.write("grid", tiled(tiles, 256, 2, 3, 650, 450, boxes).content()))
                self.assert_near(outcome.pixels, turned(upright, turns), 1, f"{kind} {turns}")

    def test_48_megapixels_in_a_grid_are_decoded_within_300_megabytes(self):
        """As an iPhone 15 writes it: 192 tiles."""
        tile = self.tiles(count=1)
        content = tiled(tile, 512, 12, 16, 8064, 6048).content()
        outcome = run("picture", self.write("large", content), max_memory=300 << 20)
        self.assertIsNone(outcome.failure, outcome.words)
        whole = outcome.pixels
        first = pillow(encode(scene(512, 512, 0)))
        for row in range(12):
            for column in range(16):
                part = whole[row * 512:row * 512 + 512, column * 512:column * 512 + 512]
                self.assert_near(part, first[:part.shape[0], :part.shape[1]], 1, f"tile {row}, {column}")

    def test_hidden_depth_and_gain_maps_change_nothing(self):
        coded, extra = Coded(encode(scene(256, 192))), Coded(encode(scene(64, 48)))
        file = HeifFile()
        picture = file.add(coded.kind, coded.data, [size(256, 192), coded.configuration])
        for name in (b"urn:mpeg:hevc:2015:auxid:2\0", b"urn:com:apple:photo:2020:aux:hdrgainmap\0"):
            auxiliary = box(b"auxC", bytes(4) + name)
            file.add(extra.kind, extra.data, [size(64, 48), extra.configuration, auxiliary], [picture], b"auxl")
        outcome = run("picture", self.write("auxiliary", file.content()))
        self.assert_near(outcome.pixels, pillow(encode(scene(256, 192))), 1)


class Limits(HelperCase):
    def refused(self, failure, content, **limits):
        outcome = run("picture", self.write("refused", content), **limits)
        self.assertEqual((outcome.failure, outcome.frames, outcome.head), (failure, [], None), outcome.words)

    def test_bytes_and_pixels_beyond_the_limits_are_refused_and_no_others(self):
        content = encode(scene(320, 200))
        self.refused("too large", content, max_bytes=len(content) - 1)
        self.refused("too large", content, max_pixels=320 * 200 - 1)
        outcome = run("picture", self.write("allowed", content), max_bytes=len(content), max_pixels=320 * 200)
        self.assertIsNone(outcome.failure)

    def test_a_stream_larger_than_its_box_says_is_refused(self):
        coded = Coded(encode(scene(512, 384)))
        file = HeifFile()
        file.add(coded.kind, coded.data, [size(64, 64), coded.configuration])
        self.refused("too large", file.content(), max_pixels=512 * 383)

    def test_what_a_crop_hides_counts(self):
        coded = Coded(encode(scene(512, 384)))
        file = HeifFile()
        file.add(coded.kind, coded.data, [size(512, 384), coded.configuration, crop(16, 16)])
        self.refused("too large", file.content(), max_pixels=512 * 384 - 1)

    def test_other_files_are_unsupported(self):
        self.refused("unsupported", b"")
        self.refused("unsupported", b"\xff\xd8\xff\xe0" + bytes(100))
        self.refused("unsupported", box(b"ftyp", b"isom" + bytes(4) + b"isommp42") + box(b"mdat", bytes(100)))


if __name__ == "__main__":
    unittest.main()
