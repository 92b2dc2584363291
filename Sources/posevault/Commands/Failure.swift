import ArgumentParser
import PoseCore

/// Runs a command; what it throws becomes lines on standard error and an exit status as in `sysexits.h`.
func reportingFailure(_ command: () async throws -> Void) async throws {
  do {
    try await command()
  } catch let mistakes as SettingsMistakes {
    StandardError.write(mistakes.description)
    throw ExitStatus.wrongSettings
  } catch let error as PoseVaultError {
    StandardError.write("posevault: \(error.message)")
    throw ExitStatus(of: error.code)
  } catch is CancellationError {
    throw ExitStatus.interrupted
  } catch let status as ExitStatus {
    throw status
  } catch {
    StandardError.write("posevault: \(error)")
    throw ExitStatus(of: .internal)
  }
}

typealias ExitStatus = ExitCode

extension ExitStatus {
  static let someFailed = ExitStatus(1)
  /// An archive that does not hold what it should.
  static let unproven = ExitStatus(2)
  /// Done, but not with all of it.
  static let incomplete = ExitStatus(3)
  static let wrongSettings = ExitStatus(78)
  /// As a shell reports a program that the interrupt key ended.
  static let interrupted = ExitStatus(130)

  init(of code: PoseVaultError.Code) {
    switch code {
    case .configuration: self = .wrongSettings
    case .badRequest, .validationFailed, .notFound: self = ExitStatus(64)
    case .storageUnavailable, .restoring, .modelUnavailable: self = ExitStatus(69)
    case .fileSystem: self = ExitStatus(74)
    default: self = ExitStatus(70)
    }
  }
}
