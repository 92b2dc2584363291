/// A person as seen by the detector; coordinates are relative to the square that the detector looks at.
struct Detection: Hashable {
  /// 0…1.
  var score: Float
  /// Left, top, right and bottom of the box around the face.
  var box: SIMD4<Float>
  /// The middle of the hips and a point on the circle around the whole body.
  ///
  /// The detector's other two, for the upper body alone, are not used.
  var hips: SIMD2<Float>
  var circle: SIMD2<Float>

  /// Intersection over union of the two boxes; 0 if they don't meet.
  func overlap(with other: Detection) -> Float {
    let width = min(box.z, other.box.z) - max(box.x, other.box.x)
    let height = min(box.w, other.box.w) - max(box.y, other.box.y)
    guard width > 0, height > 0 else { return 0 }
    let intersection = width * height
    let union = area + other.area - intersection
    return union > 0 ? intersection / union : 0
  }

  private var area: Float { (box.z - box.x) * (box.w - box.y) }
}

extension [Detection] {
  /// Weighted non-maximum suppression: each group of boxes that overlap its best one by more than `minOverlap` becomes
  /// one detection with the group's average box and points, weighted by score, and the best score. Best first.
  ///
  /// Source: MediaPipe's `non_max_suppression_calculator.cc`, `WEIGHTED`.
  func weightedNonMaximumSuppression(minOverlap: Float) -> [Detection] {
    var remaining = sorted { $0.score > $1.score }
    var merged: [Detection] = []
    while let best = remaining.first {
      var others: [Detection] = []
      var average = Detection(score: best.score, box: .zero, hips: .zero, circle: .zero)
      var weight: Float = 0
      for detection in remaining {
        guard detection.overlap(with: best) > minOverlap else {
          others.append(detection)
          continue
        }
        weight += detection.score
        average.box += detection.box * detection.score
        average.hips += detection.hips * detection.score
        average.circle += detection.circle * detection.score
      }
      // a box without area overlaps nothing, not even itself: MediaPipe stops there
      guard others.count < remaining.count else { break }
      average.box /= weight
      average.hips /= weight
      average.circle /= weight
      merged.append(average)
      remaining = others
    }
    return merged
  }
}
