import Foundation

/// Whether two JSON texts mean the same.
///
/// The order of keys doesn't count, and −0 is 0. MySQL may change the last digits of long numbers: those are equal within
/// three units in the last place of double precision, which in the numbers that we write, of 9 digits, are none.
enum JSONEquality {
  static func areEqual(_ json: [UInt8], _ other: [UInt8]) -> Bool {
    guard json != other else { return true }
    guard let value = value(json), let otherValue = self.value(other) else { return false }
    return areEqual(value, otherValue)
  }

  private static func value(_ json: [UInt8]) -> Any? {
    try? JSONSerialization.jsonObject(with: Data(json), options: .fragmentsAllowed)
  }

  private static func areEqual(_ value: Any, _ other: Any) -> Bool {
    switch (value, other) {
    case (let object as [String: Any], let other as [String: Any]):
      object.count == other.count
        && object.allSatisfy { key, value in other[key].map { areEqual(value, $0) } ?? false }
    case (let array as [Any], let other as [Any]):
      array.count == other.count && zip(array, other).allSatisfy(areEqual)
    case (let text as String, let other as String): text == other
    case (let number as NSNumber, let other as NSNumber): areEqual(double(number), double(other))
    case (is NSNull, is NSNull): true
    default: false
    }
  }

  private static func areEqual(_ number: Double, _ other: Double) -> Bool {
    number == other || abs(number - other) <= 3 * max(number.magnitude, other.magnitude).ulp
  }

  /// A decimal number's own way to double precision is not exact.
  private static func double(_ number: NSNumber) -> Double {
    number is NSDecimalNumber ? Double(number.description) ?? number.doubleValue : number.doubleValue
  }
}
