import PoseCore

extension JSONWriter {
  /// ISO 8601 in UTC; null if an adopted row has no time.
  mutating func value(time seconds: Int64?) {
    if let seconds { value(Timestamp.iso8601(seconds)) } else { null() }
  }

  mutating func field(_ key: StaticString, time seconds: Int64?) {
    self.key(key)
    value(time: seconds)
  }
}
