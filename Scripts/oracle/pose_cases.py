"""The pictures that Landmarker is compared with MediaPipe on: what each is made of, and how it is stored."""

from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from scenes import Scene, beside, mirrored, on, stacked

WHITE, BLACK, GREY, GREEN = (255, 255, 255), (0, 0, 0), (127, 127, 127), (20, 120, 60)


@dataclass
class Case:
    """One file; `people` are the values of num_poses that the oracle is asked for."""

    name: str
    picture: Image.Image
    people: list[int]
    jpeg: dict = field(default_factory=dict)  # Pillow's options; a PNG where empty


# How the JPEG of the nth scene is stored: all sorts in turn.
JPEG = [
    {"quality": 90, "subsampling": "4:2:0"},
    {"quality": 75, "subsampling": "4:2:0"},
    {"quality": 95, "subsampling": "4:4:4"},
    {"quality": 85, "subsampling": "4:2:2"},
    {"quality": 80, "subsampling": "4:2:0", "progressive": True, "optimize": True},
    {"quality": 50, "subsampling": "4:2:0"},
    {"quality": 92, "subsampling": "4:2:2", "restart_marker_rows": 1},
    {"quality": 100, "subsampling": "4:4:4"},
]


def all_cases(load) -> list[Case]:
    """`load` opens a picture by name; each scene becomes a PNG and a JPEG, grey scenes a one-channel JPEG."""
    cases = []
    for index, (name, scene, people) in enumerate(scenes(load)):
        picture = scene.image
        cases.append(Case(f"{name}.png", picture, people))
        stored = picture.convert("L") if "grey" in name else picture
        options = JPEG[index % len(JPEG)]
        if stored.mode == "L":
            options = {key: value for key, value in options.items() if key != "subsampling"}
        cases.append(Case(f"{name}.jpg", stored, people, options))
    return cases


def scenes(load):
    """Names, scenes, and the num_poses to ask for."""
    bus, zidane, astronaut = Scene(load("bus.jpg")), Scene(load("zidane.jpg")), Scene(load("astronaut.png"))
    hopper, camera = Scene(load("grace_hopper.jpg")), Scene(load("camera.png"))
    chelsea, china, motorcycle = (Scene(load(name)) for name in ["chelsea.png", "china.jpg", "motorcycle.png"])

    # the people of bus.jpg, each with some surroundings
    left = bus.crop(0, 380, 290, 930)
    middle = bus.crop(190, 370, 380, 900)
    right = bus.crop(630, 360, 810, 920)
    # the two of zidane.jpg
    coach = zidane.crop(640, 0, 1280, 720)
    player = zidane.crop(60, 150, 640, 720)

    one = [1]
    # whole pictures
    yield "bus", bus, [1, 5]
    yield "zidane", zidane, [1, 5]
    yield "astronaut", astronaut, [1, 3]
    yield "hopper", hopper, one
    yield "camera", camera, one
    # crops
    yield "left", left, one
    yield "middle", middle, one
    yield "right", right, one
    yield "coach", coach, one
    yield "player", player, one
    yield "bus-left-half", bus.crop(0, 300, 400, 1080), [1, 5]
    yield "bus-people", bus.crop(0, 350, 810, 940), [1, 5]
    yield "astronaut-head", astronaut.crop(110, 0, 350, 240), one
    yield "camera-figure", camera.crop(60, 60, 420, 512), one
    yield "hopper-odd", hopper.crop(3, 5, 508, 586), one
    # rotations, on a plain ground
    yield "astronaut-turned-10", astronaut.turn(10, BLACK), one
    yield "astronaut-turned-45", astronaut.turn(45, WHITE), one
    yield "astronaut-turned-90", astronaut.turn(90, BLACK), one
    yield "astronaut-turned-200", astronaut.turn(200, GREY), one
    yield "left-turned-7", left.turn(-7, GREY), one
    yield "left-turned-25", left.turn(25, WHITE), one
    yield "left-turned-180", left.turn(180, BLACK), one
    yield "middle-turned-60", middle.turn(-60, GREEN), one
    yield "right-turned-15", right.turn(15, GREY), one
    yield "camera-turned-30", camera.turn(-30, GREY), one
    yield "camera-turned-90", camera.turn(-90, BLACK), one
    yield "hopper-turned-120", hopper.turn(120, WHITE), one
    yield "coach-turned-20", coach.turn(20, BLACK), one
    # mirrors
    yield "bus-mirrored", mirrored(bus), [1, 5]
    yield "astronaut-mirrored", mirrored(astronaut), one
    yield "right-mirrored", mirrored(right), one
    yield "camera-mirrored", mirrored(camera), one
    # scales
    yield "astronaut-160", astronaut.scale(160), one
    yield "left-160", left.scale(160), one
    yield "astronaut-64", astronaut.scale(64), one
    yield "camera-224", camera.scale(224), one
    yield "hopper-333", hopper.scale(333), one
    yield "bus-640", bus.scale(640), [1, 5]
    yield "astronaut-1500", astronaut.scale(1500), one
    yield "left-1800", left.scale(1800), one
    yield "middle-1001", middle.scale(1001), one
    # grey, dark, bright, contrast
    yield "astronaut-grey", astronaut.grey(), one
    yield "left-grey", left.grey(), one
    yield "bus-people-grey", bus.crop(0, 350, 810, 940).grey(), [1, 5]
    yield "astronaut-dark", astronaut.light(25, 0), one
    yield "left-dark", left.light(35, 0), one
    yield "camera-dark", camera.light(12, 0), one
    yield "hopper-bright", hopper.light(100, 110), one
    yield "right-bright", right.light(160, 40), one
    yield "coach-negative", coach.light(-100, 255), one
    yield "left-noisy", left.noise(40), one
    # aspect ratios
    yield "astronaut-wide", on(GREY, 1600, 300, (astronaut.scale(300), 900, 0)), one
    yield "left-tall", on(WHITE, 200, 1400, (left.scale(380), 0, 700)), one
    yield "camera-stretched", camera.resize(512, 250), one
    yield "left-squeezed", left.resize(150, 550), one
    yield "middle-stretched", middle.resize(520, 530), one
    # near the border and cut by it
    yield "left-in-corner", on(BLACK, 900, 900, (left, 0, 350)), one
    yield "right-at-right-border", on(GREY, 1000, 700, (right, 820, 140)), one
    yield "left-cut-at-knees", left.crop(0, 0, 290, 400), one
    yield "left-cut-in-half", left.crop(120, 0, 290, 550), one
    yield "astronaut-cut-below", astronaut.crop(0, 0, 512, 330), one
    yield "camera-cut-left", camera.crop(190, 0, 512, 512), one
    yield "small-in-the-large", on(GREEN, 1920, 1080, (left.scale(320), 1100, 500)), one
    # several people; MediaPipe does not find all of them, and which ones it finds is part of the result
    yield "two", beside(left, middle), [1, 2, 5]
    yield "two-exchanged", beside(middle, left), [1, 2, 5]
    yield "two-alike", beside(left, left), [1, 2]
    yield "two-mirrored", beside(left, mirrored(left)), [1, 2]
    yield "two-dark", beside(left, middle).light(40, 0), [1, 2]
    yield "two-grey", beside(left, mirrored(left)).grey(), [1, 2]
    yield "two-turned", beside(left, middle).turn(30, GREY), [1, 2]
    yield "two-upside-down", beside(left, left.turn(180, BLACK)), [1, 5]
    yield "two-astronaut-left", beside(astronaut, left), [1, 2]
    yield "two-hopper-astronaut", beside(hopper.scale(512), astronaut), [1, 2]
    yield "two-hoppers", beside(hopper, mirrored(hopper)), [1, 2]
    yield "two-lying", stacked(left.turn(90, BLACK), left.turn(90, BLACK)), [1, 2]
    yield "two-small", on(GREEN, 700, 700, (left.scale(400), 60, 200), (middle.scale(400), 330, 190)), [1, 2]
    yield "two-sizes", on(GREY, 1000, 620, (left.scale(600), 40, 10), (middle.scale(400), 650, 120)), [1, 2]
    yield "two-overlapping", on(WHITE, 600, 600, (left, 40, 30), (middle, 200, 30)), [1, 5]
    yield "two-nearly-one", on(WHITE, 600, 600, (left, 40, 30), (left, 70, 30)), [1, 5]
    yield "two-and-half", beside(left, middle, left), [1, 2, 5]
    yield "three", beside(middle, middle, middle), [1, 2, 3, 5]
    yield "four", beside(left, mirrored(left), left, mirrored(left)), [1, 3, 4, 5]
    yield "four-middles", beside(middle, mirrored(middle), middle, mirrored(middle)), [2, 5]
    yield (
        "four-in-a-square",
        stacked(beside(astronaut.scale(400), camera.scale(400)), beside(camera.scale(400), astronaut.scale(400))),
        [1, 4],
    )
    yield "six", beside(*[scene.scale(420) for scene in [left, right, middle, left, right, middle]]), [1, 5]
    # nobody
    yield "nobody-cat", chelsea, [1, 5]
    yield "nobody-palace", china, [1, 5]
    yield "nobody-motorcycle", motorcycle, one
    yield "nobody-noise", Scene(Image.fromarray(np.full((240, 320, 3), 128, np.uint8))).noise(120), one
    yield "nobody-black", Scene(Image.new("RGB", (97, 61))), one
    yield "coach-on-black", on(BLACK, 1280, 1280, (zidane, 0, 0)), one
    yield "nobody-pixel", Scene(Image.new("RGB", (1, 1), WHITE)), one
