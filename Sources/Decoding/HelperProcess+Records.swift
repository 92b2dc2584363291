import Glibc
import PoseCore

extension HelperProcess {
  /// Reads its records with `body`, and ends it in any case.
  ///
  /// Throws ``PoseVaultError``, in our own words, and anything else that `body` throws.
  func readRecords<Value>(of what: Decoded, maxPixels: Int, _ body: (RecordReader) throws -> Value) throws -> Value {
    do {
      let value = try body(RecordReader(source: self, maxPixels: maxPixels))
      end(kill: true)
      return value
    } catch is RecordsCutOff {
      throw end(kill: false).error(of: what)
    } catch {
      end(kill: true)
      switch error {
      case let told as ToldFailure: throw told.failure.error(of: what)
      case is TimeIsOver: throw what.tookTooLong
      case is ProtocolViolation:
        throw PoseVaultError(.internal, "posevault-decode gave no proper answer.", cause: error)
      default: throw error
      }
    }
  }
}

extension HelperProcess.Ending {
  /// What dying without a final record means.
  fileprivate func error(of what: Decoded) -> PoseVaultError {
    switch self {
    case .signalled(SIGXCPU), .signalled(SIGALRM), .signalled(SIGKILL): what.tookTooLong
    case .signalled: PoseVaultError(.corruptImage, "\(what.this) can't be decoded.")
    case .exited(2): PoseVaultError(.internal, "posevault-decode is of another version.")
    case .exited, .unknown: PoseVaultError(.internal, "posevault-decode ended without an answer.")
    }
  }
}

extension Decoded {
  var tookTooLong: PoseVaultError {
    PoseVaultError(.corruptImage, "\(this) takes too long to decode.")
  }
}
