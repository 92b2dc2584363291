/// In pixels; pixel (0, 0) covers 0…1 in both directions.
struct Point: Equatable {
  var x: Double
  var y: Double
}

struct OverlayColor {
  var red: UInt8
  var green: UInt8
  var blue: UInt8
}

/// Everything within `radius` of a line segment: a line with round ends, or a disc.
struct Capsule {
  let start: Point
  let end: Point
  let radius: Double

  init(from start: Point, to end: Point, radius: Double) {
    self.start = start
    self.end = end
    self.radius = radius
  }

  init(at center: Point, radius: Double) {
    self.init(from: center, to: center, radius: radius)
  }

  /// The rows it covers, including the soft edge.
  var rows: ClosedRange<Double> { min(start.y, end.y) - radius - 1...max(start.y, end.y) + radius + 1 }

  /// What it may cover at height `y`: the part of the line that is close enough, plus the radius.
  func columns(at y: Double) -> ClosedRange<Double> {
    let reach = radius + 1
    var first = 0.0
    var last = 1.0
    let rise = end.y - start.y
    if rise != 0 {
      let crossings = [(y - reach - start.y) / rise, (y + reach - start.y) / rise]
      first = min(max(min(crossings[0], crossings[1]), 0), 1)
      last = min(max(max(crossings[0], crossings[1]), 0), 1)
    }
    let a = start.x + first * (end.x - start.x)
    let b = start.x + last * (end.x - start.x)
    return min(a, b) - reach...max(a, b) + reach
  }

  /// How much of the pixel around `point` it covers, 0…1.
  func coverage(at point: Point) -> Double {
    let dx = end.x - start.x
    let dy = end.y - start.y
    let length = dx * dx + dy * dy
    let along = length > 0 ? ((point.x - start.x) * dx + (point.y - start.y) * dy) / length : 0
    let nearest = min(max(along, 0), 1)
    let offX = point.x - start.x - nearest * dx
    let offY = point.y - start.y - nearest * dy
    return min(max(radius + 0.5 - (offX * offX + offY * offY).squareRoot(), 0), 1)
  }
}

extension RGBImage {
  /// Blends `color` over the part of the picture that the capsule covers, with smooth edges.
  mutating func fill(_ capsule: Capsule, _ color: OverlayColor, opacity: Double) {
    for y in Self.indices(capsule.rows, below: height) {
      for x in Self.indices(capsule.columns(at: Double(y) + 0.5), below: width) {
        let alpha = opacity * capsule.coverage(at: Point(x: Double(x) + 0.5, y: Double(y) + 0.5))
        guard alpha > 0 else { continue }
        let pixel = 3 * (y * width + x)
        blend(color.red, over: pixel, alpha)
        blend(color.green, over: pixel + 1, alpha)
        blend(color.blue, over: pixel + 2, alpha)
      }
    }
  }

  private mutating func blend(_ value: UInt8, over index: Int, _ alpha: Double) {
    let old = Double(pixels[index])
    pixels[index] = UInt8(old + (Double(value) - old) * alpha + 0.5)
  }

  /// The integers from 0 that are in `range`; none for a range far outside.
  private static func indices(_ range: ClosedRange<Double>, below count: Int) -> Range<Int> {
    let limit = Double(count)
    let first = Int(min(max(range.lowerBound.rounded(.down), 0), limit))
    let end = Int(min(max(range.upperBound.rounded(.up), 0), limit))
    return first..<max(first, end)
  }
}
