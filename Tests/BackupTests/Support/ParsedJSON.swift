import Foundation
import PoseCore

/// Rows are equal when they are equal as parsed JSON: MySQL has its own order of keys, and may change the last digits
/// of a number.
enum ParsedJSON {
  static func areSame(_ a: [UInt8], _ b: [UInt8]) throws -> Bool {
    same(try JSONSerialization.jsonObject(with: Data(a)), try JSONSerialization.jsonObject(with: Data(b)))
  }

  /// The same rows, in whatever storages they are.
  static func areSame(_ a: [PoseRecord], _ b: [PoseRecord]) throws -> Bool {
    guard a.count == b.count else { return false }
    return try zip(a, b).allSatisfy { a, b in
      var (bareA, bareB) = (a, b)
      for keyPath in [\PoseRecord.worldKeypoints, \.detectedKeypoints] {
        guard (a[keyPath: keyPath] == nil) == (b[keyPath: keyPath] == nil) else { return false }
        if let left = a[keyPath: keyPath], let right = b[keyPath: keyPath], try !areSame(left, right) { return false }
        (bareA[keyPath: keyPath], bareB[keyPath: keyPath]) = (nil, nil)
      }
      (bareA.keypoints, bareB.keypoints) = ([], [])
      return try bareA == bareB && areSame(a.keypoints, b.keypoints)
    }
  }

  private static func same(_ a: Any, _ b: Any) -> Bool {
    switch (a, b) {
    case (let a as [Any], let b as [Any]): a.count == b.count && zip(a, b).allSatisfy(same)
    case (let a as [String: Any], let b as [String: Any]):
      a.count == b.count && a.allSatisfy { key, value in b[key].map { same(value, $0) } ?? false }
    case (let a as String, let b as String): a == b
    case (let a as NSNumber, let b as NSNumber): abs(a.doubleValue - b.doubleValue) <= 3 * a.doubleValue.ulp
    default: false
    }
  }
}
