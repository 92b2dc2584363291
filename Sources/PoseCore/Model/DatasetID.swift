/// The id of a pose database, assigned once when its schema is created.
public enum DatasetID {
  /// 32 random hexadecimal digits in lower case.
  public static func random() -> String {
    let digits = String(UInt128.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 32 - digits.count) + digits
  }

  /// Whether `text` may be one; others come from a manifest that somebody wrote by hand.
  public static func isOne(_ text: String) -> Bool {
    text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
