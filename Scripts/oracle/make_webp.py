"""Makes the few WebP pictures in Tests/Fixtures/webp. They are kept, as another libwebp would write other bytes."""

import numpy as np
from PIL import Image

from decoder_parts import picture
from decoder_webp import PARTS


def main() -> None:
    PARTS.mkdir(exist_ok=True)
    plain = Image.fromarray(picture(24, 17).astype(np.uint8))
    alpha = Image.fromarray(picture(24, 17, 4).astype(np.uint8))
    plain.save(PARTS / "lossy.webp", quality=80)
    plain.save(PARTS / "lossless.webp", lossless=True)
    Image.fromarray(picture(1, 1).astype(np.uint8)).save(PARTS / "lossy-1x1.webp", quality=80)
    alpha.save(PARTS / "lossy-alpha.webp", quality=80, exact=True)
    alpha.save(PARTS / "lossless-alpha.webp", lossless=True, exact=True)
    turned = plain.transpose(Image.Transpose.ROTATE_180)
    plain.save(PARTS / "animated.webp", save_all=True, append_images=[turned], duration=100)


if __name__ == "__main__":
    main()
