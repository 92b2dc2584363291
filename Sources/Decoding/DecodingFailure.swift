/// Why the helper gave nothing, or nothing more. The numbers are those of its protocol.
enum DecodingFailure: UInt16 {
  case unsupported = 1
  case damaged
  case tooLarge
  case tooLong
  case empty
  case memory
  case input
  case sandbox
  case `internal`
}

/// The helper has told why.
struct ToldFailure: Error {
  let failure: DecodingFailure
}

/// A record that is not as Helper/README.md says. Only a helper that was taken over, or of another version, writes it.
struct ProtocolViolation: Error, CustomStringConvertible {
  let description: String
}

/// The records end without DONE or FAIL: the helper has died.
struct RecordsCutOff: Error {}
