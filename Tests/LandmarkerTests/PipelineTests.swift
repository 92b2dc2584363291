import Foundation
import Testing

@testable import Landmarker

struct PipelineTests {
  private func detection(_ score: Float, _ left: Float, _ top: Float, side: Float = 0.2) -> Detection {
    Detection(
      score: score, box: SIMD4(left, top, left + side, top + side), hips: SIMD2(left, top), circle: SIMD2(left, 0))
  }

  @Test("boxes that overlap by more than half become one, averaged by score; others stay")
  func suppression() {
    let merged = [detection(0.6, 0.12, 0.1), detection(0.9, 0.1, 0.1), detection(0.7, 0.6, 0.6)]
      .weightedNonMaximumSuppression(minOverlap: 0.5)
    #expect(merged.map(\.score) == [0.9, 0.7])
    // (0.9 · 0.10 + 0.6 · 0.12) / 1.5
    #expect(abs(merged[0].box.x - 0.108) < 1e-6 && abs(merged[0].hips.x - 0.108) < 1e-6)
    #expect(merged[1].box.x == 0.6)
  }

  @Test("a box without area ends the suppression instead of repeating it for ever")
  func emptyBox() {
    #expect([detection(0.9, 0.5, 0.5, side: 0)].weightedNonMaximumSuppression(minOverlap: 0.5).isEmpty)
  }

  @Test(
    "a person's direction turns the region",
    arguments: [
      (SIMD2<Float>(0, -100), Float(0)), (SIMD2(100, 0), Float.pi / 2), (SIMD2(-100, 0), -Float.pi / 2),
      (SIMD2(0, 100), -Float.pi),
    ])
  func rotation(toCircle: SIMD2<Float>, expected: Float) {
    let region = Region(hips: SIMD2(300, 400), circle: SIMD2(300, 400) + toCircle)
    #expect(region.side == 250)
    #expect(abs(region.rotation - expected) < 1e-5)
    // the middle of the region's upper edge lies in the person's direction
    let top = region.project(0.5, 0) - SIMD2(300, 400)
    #expect(abs(top.x - 1.25 * toCircle.x) < 1e-3 && abs(top.y - 1.25 * toCircle.y) < 1e-3)
  }
}
