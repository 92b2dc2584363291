/// The id of a pose database, given once when its schema is made.
public enum DatasetID {
  /// 32 random hexadecimal digits in lower case.
  public static func random() -> String {
    let digits = String(UInt128.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }
}
