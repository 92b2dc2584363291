"""Clips: every frame once, in order, at its time, upright, in the colours that the standards say."""

import subprocess
import unittest
from fractions import Fraction

import av
import cv2
import numpy

from clips import LOSSLESS, decoded_by_pyav, patches, scenes, write_clip, write_sound
from helper import CLIP_LIMITS, CUT, DAMAGED, ENDED_AT_TO, HelperCase, command, read, run

NANOSECONDS = 1_000_000_000


class ClipCase(HelperCase):
    def clip(self, name="clip.mp4", frames=None, **options):
        path = self.folder / name
        write_clip(path, frames if frames is not None else scenes(8), **options)
        return path

    def decode(self, path, options=(), **limits):
        outcome = run("clip", path, options, **limits)
        self.assertEqual((outcome.failure, outcome.error), (None, ""), outcome.words)
        return outcome


class Frames(ClipCase):
    CODECS = [
        ("h264.mp4", "libx264", "yuv420p"), ("hevc.mov", "libx265", "yuv420p"), ("vp9.webm", "libvpx-vp9", "yuv420p"),
        ("vp8.mkv", "libvpx", "yuv420p"), ("av1.mp4", "libsvtav1", "yuv420p"), ("mpeg4.3gp", "mpeg4", "yuv420p"),
    ]

    def test_each_codec_has_the_frames_and_times_of_pyav(self):
        for name, codec, pixels in self.CODECS:
            with self.subTest(name):
                path = self.clip(name, codec=codec, pixels=pixels)
                outcome = self.decode(path)
                expected = decoded_by_pyav(path)
                self.assertEqual([frame.index for frame in outcome.frames], list(range(8)))
                begin = expected[0][0]
                for frame, (time, rgb) in zip(outcome.frames, expected, strict=True):
                    self.assertLessEqual(abs(frame.time - (time - begin) * NANOSECONDS), 1)
                    self.assertEqual(frame.flags, 0)
                    self.assert_near(frame.pixels, rgb, 1, f"{name} {frame.index}")
                self.assertEqual((outcome.done["given"], outcome.done["damaged"], outcome.done["flags"]), (8, 0, 0))

    def test_a_clip_without_tags_has_the_pixels_that_opencv_sees(self):
        path = self.clip("untagged.mp4", scenes(4, 322, 182))
        reader = cv2.VideoCapture(str(path))
        for frame in self.decode(path).frames:
            self.assert_near(frame.pixels, reader.read()[1][:, :, ::-1], 1)

    def test_the_first_record_describes_the_clip(self):
        path = self.clip("described.mov", scenes(30), sound=True, rotation=90, options={"bf": "2"})
        head = self.decode(path).head
        with av.open(str(path)) as clip:
            stream = clip.streams.video[0]
            self.assertEqual(head["duration"], int(stream.duration * stream.time_base * NANOSECONDS))
            self.assertEqual(head["frames"], stream.frames)
            self.assertEqual(Fraction(head["rate_numerator"], head["rate_denominator"]), stream.average_rate)
        self.assertEqual((head["codec"], head["container"], head["bits"]), ("h264", "mov,mp4,m4a,3gp", 8))
        self.assertEqual((head["stored_width"], head["stored_height"], head["width"], head["height"]), (320, 240, 240, 320))

    def test_irregular_times_are_kept_whatever_they_begin_with(self):
        times = [300, 307, 330, 331, 395, 900, 905, 1000]
        outcome = self.decode(self.clip("irregular.mov", times=times))
        self.assertEqual([round(frame.time * 600 / NANOSECONDS) for frame in outcome.frames], [t - 300 for t in times])
        self.assertEqual(outcome.done["last"], outcome.frames[-1].time)

    def test_every_third_frame_keeps_its_number(self):
        path = self.clip("every.mp4", scenes(11))
        outcome = self.decode(path, ["--every", 3])
        whole = self.decode(path)
        self.assertEqual([frame.index for frame in outcome.frames], [0, 3, 6, 9])
        self.assertEqual((outcome.done["given"], outcome.done["decoded"]), (4, 11))
        for frame in outcome.frames:
            self.assertEqual(frame.time, whole.frames[frame.index].time)
            self.assertTrue((frame.pixels == whole.frames[frame.index].pixels).all())

    def test_from_and_to_leave_numbers_and_times_as_they_are(self):
        path = self.clip("part.mp4", scenes(12))
        outcome = self.decode(path, ["--from", 100_000_000, "--to", 233_333_333])
        self.assertEqual([frame.index for frame in outcome.frames], [3, 4, 5, 6])
        self.assertEqual(outcome.frames[0].time, 100_000_000)
        self.assertEqual(outcome.done["flags"], ENDED_AT_TO)

    def test_memory_does_not_grow_with_the_clip(self):
        # 160 MB of pixels in all
        path = self.clip("long.mp4", (scenes(10, 640, 360) * 24), options={"preset": "ultrafast"})
        self.assertEqual(self.decode(path, max_memory=64 << 20).done["given"], 240)


class Turns(ClipCase):
    def test_a_display_matrix_is_applied(self):
        frames = scenes(2)
        upright = self.decode(self.clip("0.mov", frames)).frames[1].pixels
        for angle, orientation in ((90, 8), (180, 3), (-90, 6)):
            outcome = self.decode(self.clip("turned.mov", frames, rotation=angle))
            self.assertEqual(outcome.head["orientation"], orientation)
            # counter-clockwise, as numpy turns, too
            self.assertTrue((outcome.frames[1].pixels == numpy.rot90(upright, angle // 90)).all(), angle)

    def test_each_orientation_turns_as_exif_says(self):
        """The matrix in the file is exchanged for each of the eight."""
        content = self.clip("matrix.mov", scenes(1)).read_bytes()
        upright = self.decode(self.folder / "matrix.mov").frames[0].pixels
        at = content.index(b"tkhd") + 4 + 40
        self.assertEqual(content[at:at + 4], (65536).to_bytes(4, "big"))
        exif = {1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1],
                5: upright.transpose(1, 0, 2), 6: numpy.rot90(upright, 3), 7: numpy.rot90(upright, 2).transpose(1, 0, 2),
                8: numpy.rot90(upright, 1)}
        # a, b, c, d: x' = a·x + c·y, y' = b·x + d·y
        matrices = {1: (1, 0, 0, 1), 2: (-1, 0, 0, 1), 3: (-1, 0, 0, -1), 4: (1, 0, 0, -1), 5: (0, 1, 1, 0),
                    6: (0, 1, -1, 0), 7: (0, -1, -1, 0), 8: (0, -1, 1, 0)}
        for orientation, numbers in matrices.items():
            a, b, c, d = ((number * 65536).to_bytes(4, "big", signed=True) for number in numbers)
            matrix = a + b + bytes(4) + c + d + bytes(4)
            path = self.write("turned.mov", content[:at] + matrix + content[at + 24:])
            outcome = self.decode(path)
            self.assertEqual(outcome.head["orientation"], orientation)
            self.assertTrue((outcome.frames[0].pixels == exif[orientation]).all(), orientation)


WEIGHTS = {1: (0.2126, 0.0722), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}


def signal(colour, matrix, bits, is_full_range):
    """R'G'B' 0…1 of a YCbCr colour, by the equations of ITU-R BT.601, 709 and 2020."""
    red, blue = WEIGHTS[matrix]
    scale = 1 << (bits - 8)
    y, cb, cr = colour
    if is_full_range:
        most = (1 << bits) - 1
        y, cb, cr = y / most, (cb - 128 * scale) / most, (cr - 128 * scale) / most
    else:
        y, cb, cr = (y / scale - 16) / 219, (cb / scale - 128) / 224, (cr / scale - 128) / 224
    r, b = y + 2 * (1 - red) * cr, y + 2 * (1 - blue) * cb
    return numpy.clip([r, (y - red * r - blue * b) / (1 - red - blue), b], 0, 1)


def linear_hlg(rgb):
    """ITU-R BT.2100 tables 5: cd/m² of a display of 1000 cd/m²."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = numpy.where(rgb <= 0.5, rgb ** 2 / 3, (numpy.exp((rgb - c) / a) + b) / 12)
    return 1000 * scene * (scene @ [0.2627, 0.6780, 0.0593]) ** 0.2


def linear_pq(rgb):
    """ITU-R BT.2100 table 4."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 4096 * 128, 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    power = rgb ** (1 / m2)
    return 10000 * (numpy.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1)


# ITU-R BT.2407
TO_BT709 = numpy.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


def shown(light):
    """sRGB of light in cd/m², compressed as Helper/README.md says: graphics white of ITU-R BT.2408 is 203 cd/m²."""
    light = numpy.clip(TO_BT709 @ (light / 203), 0, 1000 / 203)
    light = light * (1 + light / (1000 / 203) ** 2) / (1 + light)
    return numpy.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


class Colours(ClipCase):
    EIGHT = [(16, 128, 128), (235, 128, 128), (126, 128, 128), (90, 100, 170), (150, 160, 110), (60, 140, 120)]
    TEN = [(64, 512, 512), (400, 512, 512), (721, 512, 512), (940, 512, 512), (400, 480, 590), (600, 560, 470), (300, 540, 500)]

    def check(self, name, colours, bits, expected, most, mapping, **options):
        codec = "libx265" if bits > 8 else "libx264"
        path = self.clip("colours.mov", [patches(colours, bits)], codec=codec,
                         pixels="yuv420p10le" if bits > 8 else "yuv420p", options=LOSSLESS[codec], **options)
        outcome = self.decode(path)
        self.assertEqual((outcome.head["mapping"], outcome.head["bits"]), (mapping, bits), name)
        pixels = outcome.frames[0].pixels
        for i, colour in enumerate(colours):
            wanted = numpy.rint(255 * numpy.asarray(expected(colour)))
            # the middle, where no neighbour reaches
            got = pixels[16, 32 * i + 16].astype(int)
            self.assertLessEqual(abs(got - wanted).max(), most, f"{name} {colour}: {got} for {wanted}")
        return outcome

    def test_matrix_and_range_are_those_of_the_frame(self):
        for matrix in (1, 6, 9):
            for is_full_range in (False, True):
                with self.subTest(matrix=matrix, full=is_full_range):
                    tags = {"colorspace": matrix, "color_range": 2 if is_full_range else 1}
                    outcome = self.check("matrix", self.EIGHT, 8, lambda colour: signal(colour, matrix, 8, is_full_range),
                                         3, 0, tags=tags)
                    self.assertEqual((outcome.head["matrix_used"], outcome.head["full_range"]), (matrix, is_full_range))

    def test_ten_bits_become_eight(self):
        self.check("ten", self.TEN, 10, lambda colour: signal(colour, 1, 10, False), 2, 0, tags={"colorspace": 1})

    def test_hlg_and_pq_are_mapped_to_srgb(self):
        for name, transfer, mapping, light in (("HLG", 18, 1, linear_hlg), ("PQ", 16, 2, linear_pq)):
            with self.subTest(name):
                tags = {"colorspace": 9, "color_primaries": 9, "color_trc": transfer}
                self.check(name, self.TEN, 10, lambda colour: shown(light(signal(colour, 9, 10, False))), 2, mapping, tags=tags)

    def test_colours_of_bt2020_become_those_of_bt709(self):
        tags = {"colorspace": 9, "color_primaries": 9, "color_trc": 14}
        self.check("BT.2020", self.TEN, 10, lambda colour: numpy.clip(
            TO_BT709 @ signal(colour, 9, 10, False) ** 2.4, 0, 1) ** (1 / 2.4), 2, 3, tags=tags)

    def test_a_clip_as_an_iphone_writes_it(self):
        """HEVC Main 10, HLG, turned by its matrix, irregular times, sound beside it."""
        times = [0, 9, 20, 29, 41, 50, 60, 71]
        tags = {"colorspace": 9, "color_primaries": 9, "color_trc": 18}
        path = self.clip("IMG_0001.mov", codec="libx265", pixels="yuv420p10le", times=times, tags=tags, rotation=-90, sound=True)
        outcome = self.decode(path)
        self.assertEqual([round(frame.time * 600 / NANOSECONDS) for frame in outcome.frames], times)
        head = outcome.head
        self.assertEqual([head[name] for name in ("width", "height", "bits", "orientation", "mapping", "codec")],
                         [240, 320, 10, 6, 1, "hevc"])


class Damage(ClipCase):
    def test_a_cut_file_gives_what_it_has_and_says_so(self):
        for name, container in (("cut.mp4", {"movflags": "faststart"}), ("cut.mkv", {})):
            content = self.clip(name, scenes(20), options={"g": "5", "bf": "0"}, container=container).read_bytes()
            whole = self.decode(self.folder / name)
            self.assertEqual(whole.done["flags"], 0)
            outcome = self.decode(self.write(name, content[:len(content) * 3 // 5]))
            self.assertEqual(outcome.done["flags"] & CUT, CUT, name)
            self.assertGreater(outcome.done["given"], 3)
            self.assertLess(outcome.done["given"], 20)
            good = [frame for frame in outcome.frames if not frame.flags & DAMAGED]
            for frame in good[:-1]:
                self.assertTrue((frame.pixels == whole.frames[frame.index].pixels).all(), f"{name} {frame.index}")

    def test_a_file_without_its_index_fails_in_words(self):
        content = self.clip("index.mp4").read_bytes()
        outcome = run("clip", self.write("index.mp4", content[:len(content) // 2]))
        self.assertEqual((outcome.failure, outcome.frames), ("damaged", []))
        self.assertIn("cut off", outcome.words)

    def test_damaged_frames_are_counted_and_the_rest_is_given(self):
        content = bytearray(self.clip("damaged.mp4", scenes(30), options={"g": "6", "bf": "0"}).read_bytes())
        whole = self.decode(self.folder / "damaged.mp4")
        begin = content.index(b"mdat") + 4
        # in the second third of the pictures' bytes
        end = content.index(b"moov") - 8
        for at in range(begin + (end - begin) // 3, begin + 2 * (end - begin) // 3, 97):
            content[at] ^= 0xFF
        outcome = self.decode(self.write("damaged.mp4", bytes(content)))
        self.assertGreater(outcome.done["damaged"], 0)
        self.assertGreaterEqual(outcome.done["given"] + outcome.done["damaged"], 30)
        self.assertTrue((outcome.frames[0].pixels == whole.frames[0].pixels).all())
        self.assertTrue((outcome.frames[-1].pixels == whole.frames[-1].pixels).all())
        self.assertEqual(outcome.done["flags"], 0)


class Limits(ClipCase):
    def refused(self, failure, path, options=(), **limits):
        outcome = run("clip", path, options, **limits)
        self.assertEqual(outcome.failure, failure, outcome.words)
        return outcome

    def test_what_the_header_declares_is_refused_before_a_frame_is_decoded(self):
        path = self.clip("limits.mp4", scenes(31))
        size = path.stat().st_size
        for failure, limits in (
            ("too large", {"max_bytes": size - 1}), ("too large", {"max_pixels": 320 * 240 - 1}),
            ("too long", {"max_frames": 30}), ("too long", {"max_seconds": 1, "max_frames": 30}),
        ):
            self.assertEqual(self.refused(failure, path, **limits).frames, [])
        self.assertIsNone(run("clip", path, max_bytes=size, max_pixels=320 * 240, max_frames=31, max_seconds=1).failure)

    def test_a_clip_that_declares_nothing_ends_at_the_limit(self):
        # Matroska has no number of frames
        outcome = self.refused("too long", self.clip("frames.mkv", scenes(12)), max_frames=5)
        self.assertEqual(len(outcome.frames), 5)

    def test_frames_left_out_by_every_count(self):
        self.refused("too long", self.clip("every.mkv", scenes(12)), ["--every", 10], max_frames=5)

    def test_a_time_far_away_is_too_long(self):
        path = self.clip("far.mkv", scenes(3), times=[0, 20, 600 * 500])
        self.refused("too long", path, max_seconds=400)

    def test_sound_alone_is_empty(self):
        path = self.folder / "sound.m4a"
        with av.open(str(path), "w", format="mp4") as out:
            write_sound(out)
        self.refused("empty", path)

    def test_other_files_and_lists_of_files_are_unsupported(self):
        for content in (b"", bytes(1000), b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"ffconcat version 1.0\nfile /etc/passwd\n",
                        b"<?xml version='1.0'?><MPD></MPD>", b"RIFF\0\0\0\0AVI LIST"):
            self.refused("unsupported", self.write("other", content))

    def test_codecs_that_are_not_of_phones_are_unsupported(self):
        path = self.clip("mjpeg.mov", codec="mjpeg", pixels="yuvj420p")
        self.refused("unsupported", path)

    def test_a_pipe_is_refused(self):
        done = subprocess.run(command("clip", CLIP_LIMITS), input=b"anything", capture_output=True)
        self.assertEqual(read(done.returncode, done.stdout).failure, "input")


if __name__ == "__main__":
    unittest.main()
