/// Why the helper returned nothing, or nothing more. The numbers are those of its protocol.
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

/// The helper has reported why.
struct ToldFailure: Error {
  let failure: DecodingFailure
}

/// A record that does not follow Helper/README.md. Only a helper that was taken over, or is a different version, writes
/// one.
struct ProtocolViolation: Error, CustomStringConvertible {
  let description: String
}

/// The records end without DONE or FAIL: the helper has died.
struct RecordsCutOff: Error {}
