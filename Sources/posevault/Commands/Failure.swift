import ArgumentParser
import PoseCore

/// Runs a command; turns what it throws into lines on standard error and an exit status as in `sysexits.h`.
func reportingFailure(_ command: () async throws -> Void) async throws {
  do {
    try await command()
  } catch let mistakes as SettingsMistakes {
    StandardError.write(mistakes.description)
    throw ExitStatus.wrongSettings
  } catch let error as PoseVaultError {
    StandardError.write(error)
    throw ExitStatus(of: error.code)
  } catch is CancellationError {
    throw ExitStatus.interrupted
  } catch let status as ExitStatus {
    throw status
  } catch {
    StandardError.write("posevault: \(ErrorCauses(of: error).lines.first ?? "")")
    throw ExitStatus(of: .internal)
  }
}

extension StandardError {
  /// The error, and below it its cause if that says more.
  static func write(_ error: PoseVaultError) {
    write(FailureLines.of(error).joined(separator: "\n"))
  }
}

enum FailureLines {
  /// Such as `posevault: The database can't be reached.` and `  Cause: Connection refused`.
  static func of(_ error: PoseVaultError) -> [String] {
    ["posevault: \(error.message)"] + causes(of: error).map { "  \($0)" }
  }

  /// On one line, such as `The database can't be reached. Cause: Connection refused`.
  static func line(of error: PoseVaultError) -> String {
    ([error.message] + causes(of: error)).joined(separator: " ")
  }

  /// Such as `Cause: Connection refused`, if it says more than the message.
  static func causes(of error: any Error) -> [String] {
    let lines = ErrorCauses(of: error).lines
    let message = lines.first?.lowercased() ?? ""
    return lines.dropFirst().filter { !message.contains($0.lowercased()) }.map { "Cause: \($0)" }
  }
}

typealias ExitStatus = ExitCode

extension ExitStatus {
  static let someFailed = ExitStatus(1)
  /// An archive does not contain what it should.
  static let unproven = ExitStatus(2)
  /// Done, but not completely.
  static let incomplete = ExitStatus(3)
  static let wrongSettings = ExitStatus(78)
  /// As a shell reports a program that was ended by the interrupt key.
  static let interrupted = ExitStatus(130)

  init(of code: PoseVaultError.Code) {
    switch code {
    case .configuration: self = .wrongSettings
    case .badRequest, .validationFailed, .notFound, .lastOwner: self = ExitStatus(64)
    case .storageUnavailable, .storageFull, .restoring, .modelUnavailable: self = ExitStatus(69)
    case .fileSystem: self = ExitStatus(74)
    default: self = ExitStatus(70)
    }
  }
}
