import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Viewport } from "../../Sources/WebFiles/page/app/viewport.js";

const MARGIN = 12;
let viewport;

beforeEach(() => {
  viewport = new Viewport();
  viewport.setFrame(424, 324);
  viewport.setPicture(800, 400);
});

function near(actual, expected) {
  assert.equal(actual.length, expected.length);
  for (const [index, value] of actual.entries()) assert.ok(Math.abs(value - expected[index]) < 1e-9, `${actual} is not ${expected}`);
}

test("a picture is fitted into the frame, in its middle, with the margin at the sides that are tight", () => {
  assert.equal(viewport.scale, 0.5);
  near(viewport.toFrame({ x: 0, y: 0 }), [MARGIN, 62]);
  near(viewport.toFrame({ x: 1, y: 1 }), [424 - MARGIN, 262]);
});

test("the frame's places and the picture's are each other's inverse, zoomed and panned, too", () => {
  viewport.zoom(3, 100, 50);
  viewport.pan(-17, 9);
  const { x, y } = viewport.toPicture(...viewport.toFrame({ x: 0.31, y: 0.87 }));
  near([x, y], [0.31, 0.87]);
});

test("zooming leaves what is under the pointer there", () => {
  const before = viewport.toPicture(100, 150);
  viewport.zoom(2, 100, 150);
  near(viewport.toFrame(before), [100, 150]);
  assert.equal(viewport.isFitted, false);
});

test("no zoom is smaller than the fitted one or larger than 24 times that", () => {
  viewport.zoom(1000);
  assert.equal(viewport.scale, 12);
  viewport.zoom(1e-6);
  assert.equal(viewport.scale, 0.5);
  assert.equal(viewport.isFitted, true);
});

test("a fitted picture is not panned, a larger one never out of the frame's middle", () => {
  viewport.pan(500, 500);
  near(viewport.toFrame({ x: 0, y: 0 }), [MARGIN, 62]);
  viewport.zoom(2);
  viewport.pan(10_000, -10_000);
  near(viewport.toFrame({ x: 0, y: 1 }), [212, 162]);
});

test("a frame of another size keeps a fitted picture fitted, and what is in the middle of a zoomed one there", () => {
  viewport.setFrame(824, 624);
  assert.equal(viewport.scale, 1);
  viewport.zoom(2);
  const middle = viewport.toPicture(412, 312);
  viewport.setFrame(400, 300);
  near(viewport.toFrame(middle), [200, 150]);
});

test("a place is brought into sight, at least the margin from the edge", () => {
  viewport.zoom(8);
  viewport.reveal({ x: 0.9, y: 0.1 }, 48);
  const [x, y] = viewport.toFrame({ x: 0.9, y: 0.1 });
  near([x, y], [424 - 48, 48]);
});

test("a small part is shown in the middle, with as much around it as it is large", () => {
  viewport.show({ left: 0.5, top: 0.25, right: 0.6, bottom: 0.5 });
  near(viewport.toFrame({ x: 0.55, y: 0.375 }), [212, 162]);
  const [, top] = viewport.toFrame({ x: 0.5, y: 0.25 });
  const [, bottom] = viewport.toFrame({ x: 0.5, y: 0.5 });
  near([bottom - top], [324 / 2]);
  assert.equal(viewport.isFitted, false);
});

test("a part as large as the picture leaves it fitted", () => {
  viewport.show({ left: 0, top: 0, right: 1, bottom: 1 });
  assert.equal(viewport.isFitted, true);
  assert.equal(viewport.scale, 0.5);
});
