"""Writes Tests/Fixtures/decoder.json: the upright RGB pixels of the decoder cases, as other programs read them.

JPEG: Debian's libturbojpeg, turned by Pillow's `exif_transpose`. PNG: OpenCV's `imread` in colour, which drops alpha
and the low byte of 16 bits, and applies EXIF. WebP: Pillow, alpha dropped. Pillow and OpenCV read every file; where
one of them differs from what is expected, that is printed, to be judged by a person. Where they differ among
themselves, a case names a sound file with the same pixels, which is read in place of it.
"""

import base64
import hashlib
import io
import json
import tempfile

import cv2
import numpy as np
from PIL import Image, ImageOps

import decoder_cases
import turbojpeg
from make_cases import FIXTURES, PICTURES


def expected(content: bytes) -> np.ndarray:
    if content.startswith(b"\x89PNG"):
        return by_opencv(content)
    if content.startswith(b"RIFF"):
        return by_pillow(content)
    image = Image.open(io.BytesIO(content))
    if image.mode == "CMYK":  # R = C × K / 255 on the inverted samples that Adobe stores, rounded
        ink = turbojpeg.decode(content, turbojpeg.TJPF_CMYK).astype(np.int64)
        pixels = ((ink[:, :, :3] * ink[:, :, 3:] + 127) // 255).astype(np.uint8)
    else:
        pixels = turbojpeg.decode(content)
    turned = Image.fromarray(pixels)
    turned.getexif()[0x0112] = image.getexif().get(0x0112, 1)
    return np.asarray(ImageOps.exif_transpose(turned))


def by_opencv(content: bytes) -> np.ndarray:
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("refused")
    return np.ascontiguousarray(pixels[:, :, ::-1])


def by_opencv_from_file(content: bytes) -> np.ndarray:
    """As `imread`, which takes a JPEG without an end marker that `imdecode` refuses."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        pixels = cv2.imread(file.name, cv2.IMREAD_COLOR)
    if pixels is None:
        raise ValueError("refused")
    return np.ascontiguousarray(pixels[:, :, ::-1])


def by_pillow(content: bytes) -> np.ndarray:
    image = Image.open(io.BytesIO(content))
    image.load()
    return np.asarray(ImageOps.exif_transpose(image).convert("RGB"))


def by_turbojpeg(content: bytes) -> np.ndarray:
    return turbojpeg.decode(content)


def judge(content: bytes, pixels: np.ndarray | None, readers) -> list[str]:
    """What those readers say that do not say the same; all of them where nothing is expected."""
    opinions = []
    for reader in readers:
        name = reader.__name__.removeprefix("by_")
        try:
            other = reader(content)
        except Exception as error:
            opinions.append(f"{name}: {str(error) or type(error).__name__}"[:90])
            continue
        size = f"{other.shape[1]}×{other.shape[0]}"
        if pixels is None or other.shape != pixels.shape:
            opinions.append(f"{name} reads {size}")
        elif worst := int(abs(other.astype(int) - pixels).max()):
            opinions.append(f"{name} differs by up to {worst}")
    return opinions


def main() -> None:
    lines = []
    for case in decoder_cases.all_cases():
        content = (PICTURES / "decoder" / case.name).read_bytes()
        entry = {"file": case.name, "sha256": hashlib.sha256(content).hexdigest(), "about": case.about}
        if case.error:
            entry["error"] = case.error
            readers = [by_pillow, by_opencv] + [by_turbojpeg] * case.name.startswith("jpeg")
            print(f"{case.name} ({case.error}): {'; '.join(judge(content, None, readers))}")
        else:
            pixels = expected(case.sound or content)
            entry |= {"width": pixels.shape[1], "height": pixels.shape[0]}
            if case.tolerance:
                entry |= {"pixels": base64.b64encode(pixels.tobytes()).decode(), "tolerance": case.tolerance}
            else:
                entry["rgb"] = hashlib.sha256(pixels.tobytes()).hexdigest()
            if opinions := judge(content, pixels, [by_pillow, by_opencv, by_opencv_from_file]):
                print(f"{case.name}: {'; '.join(opinions)}")
        lines.append(json.dumps(entry, separators=(",", ":"), ensure_ascii=False))
    (FIXTURES / "decoder.json").write_text('{"cases":[\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
