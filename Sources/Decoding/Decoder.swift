import Glibc
public import PoseCore

/// Decodes HEIC, AVIF and clips by the helper program `posevault-decode`, a new process for each, which can do nothing but
/// that. Calls wait for a thread, as long and with as many others as the pool allows.
public final class Decoder: Sendable {
  /// What a helper can decode.
  public enum Kind: String, Sendable, CaseIterable { case heic, avif, clip }

  private let program: String
  private let limits: DecoderLimits
  private let threads: BlockingPool

  /// - Parameters:
  ///   - program: the path of `posevault-decode`.
  ///   - limits: for each picture and each clip.
  ///   - threads: where calls wait for the helper; as many run at once as it has.
  public init(program: String, limits: DecoderLimits, threads: BlockingPool) {
    self.program = program
    self.limits = limits
    self.threads = threads
  }

  /// What the helper that is installed decodes; nothing where there is none.
  public func kinds() async throws -> Set<Kind> {
    let path = program
    guard access(path, X_OK) == 0 else { return [] }
    return try await threads.run { stop in
      let process = try HelperProcess(
        program: path, arguments: ["--version"], bytes: [], limit: .seconds(10), stop: stop)
      // a few lines; more than this is no answer
      let text = try process.text(most: 4096)
      guard text.count < 4096, process.end(kill: false) == .exited(0) else { return [] }
      let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
      guard lines.contains("protocol 1") else { return [] }
      return Set(Kind.allCases.filter { lines.contains("\($0.rawValue) yes") })
    }
  }

  /// Decodes a HEIC or AVIF picture.
  ///
  /// Throws ``PoseVaultError``: `unsupportedImage`, `corruptImage`, `imageTooLarge`, `fileSystem` where the helper can't be
  /// started, `internal` where it does what it should not, `queueFull`; `CancellationError`.
  public func picture(_ bytes: [UInt8]) async throws -> DecodedPicture {
    guard bytes.count <= limits.bytes else { throw DecodingFailure.tooLarge.error(of: .picture) }
    let program = program
    let limits = limits
    return try await threads.run { stop in
      let process = try HelperProcess(
        program: program, arguments: ["picture"] + limits.forPictures, bytes: bytes,
        limit: .seconds(limits.wallSeconds), stop: stop)
      return try Self.read(from: process, of: .picture, limits: limits) { reader in try reader.picture() }
    }
  }

  /// Decodes a clip, and hands out its frames while it does; the next one is not read before `frame` returns.
  ///
  /// - Parameters:
  ///   - file: a descriptor of the whole clip, open for reading and seekable; it stays open.
  ///   - head: hears once what is known before the first frame.
  ///   - frame: what it throws ends the helper and is thrown on. Both run on a thread that may block.
  ///
  /// Throws as ``picture(_:)`` does.
  public func clip(
    file: CInt, selection: ClipSelection = ClipSelection(),
    head: @escaping @Sendable (ClipHead) throws -> Void = { _ in },
    frame: @escaping @Sendable (ClipFrame) throws -> Void
  ) async throws -> ClipEnding {
    let program = program
    let limits = limits
    return try await threads.run { stop in
      let process = try HelperProcess(
        program: program, arguments: ["clip"] + limits.forClips + selection.arguments, input: file,
        limit: .seconds(limits.wallSeconds), stop: stop)
      return try Self.read(from: process, of: .clip, limits: limits) { reader in
        try reader.clip(head: head, frame: frame)
      }
    }
  }

  /// Reads records by `body`, and ends the process however that goes.
  private static func read<Value>(
    from process: HelperProcess, of what: Decoded, limits: DecoderLimits, _ body: (RecordReader) throws -> Value
  ) throws -> Value {
    do {
      let value = try body(RecordReader(source: process, maxPixels: limits.pixels))
      process.end(kill: true)
      return value
    } catch is RecordsCutOff {
      throw error(for: process.end(kill: false), of: what)
    } catch {
      process.end(kill: true)
      switch error {
      case let told as ToldFailure: throw told.failure.error(of: what)
      case is TimeIsOver: throw tookTooLong(what)
      case is ProtocolViolation:
        throw PoseVaultError(.internal, "posevault-decode gave no proper answer.", cause: error)
      default: throw error
      }
    }
  }

  private static func tookTooLong(_ what: Decoded) -> PoseVaultError {
    PoseVaultError(.corruptImage, "\(what.this) takes too long to decode.")
  }

  /// What a death without a last record means.
  private static func error(for ending: HelperProcess.Ending, of what: Decoded) -> PoseVaultError {
    switch ending {
    case .signalled(SIGXCPU), .signalled(SIGALRM), .signalled(SIGKILL): tookTooLong(what)
    case .signalled: PoseVaultError(.corruptImage, "\(what.this) can't be decoded.")
    case .exited(2): PoseVaultError(.internal, "posevault-decode is of another version.")
    case .exited, .unknown: PoseVaultError(.internal, "posevault-decode ended without an answer.")
    }
  }
}
