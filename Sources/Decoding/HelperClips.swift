public import PoseCore

/// Decodes clips by the helper program `posevault-decode`, a new process for each, which can do nothing but that. Calls
/// wait for a thread, as long and with as many others as the pool allows.
public final class HelperClips: Sendable {
  private let program: DecoderProgram
  private let limits: DecoderLimits
  private let threads: BlockingPool

  /// - Parameters:
  ///   - limits: for each clip.
  ///   - threads: where calls wait for the helper; as many run at once as it has.
  public init(_ program: DecoderProgram, limits: DecoderLimits, threads: BlockingPool) {
    self.program = program
    self.limits = limits
    self.threads = threads
  }

  /// Decodes a clip, and hands out its frames while it does; the next one is not read before `frame` returns.
  ///
  /// - Parameters:
  ///   - file: a descriptor of the whole clip, open for reading and seekable; it stays open.
  ///   - head: hears once what is known before the first frame.
  ///   - frame: what it throws ends the helper and is thrown on. Both run on a thread that may block.
  ///
  /// Throws ``PoseVaultError``: `unsupportedImage`, `corruptImage`, `imageTooLarge`, `fileSystem` where the helper can't be
  /// started, `internal` where it does what it should not, `queueFull`; `CancellationError`.
  public func decode(
    file: CInt, selection: ClipSelection = ClipSelection(),
    head: @escaping @Sendable (ClipHead) throws -> Void = { _ in },
    frame: @escaping @Sendable (ClipFrame) throws -> Void
  ) async throws -> ClipEnding {
    let (program, limits) = (program, limits)
    return try await threads.run { stop in
      let process = try HelperProcess(
        program: program.path, arguments: ["clip"] + limits.forClips + selection.arguments, input: file,
        limit: .seconds(limits.wallSeconds), stop: stop)
      return try process.readRecords(of: .clip, maxPixels: limits.pixels) { reader in
        try reader.clip(head: head, frame: frame)
      }
    }
  }
}
