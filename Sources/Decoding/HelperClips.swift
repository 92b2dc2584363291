public import PoseCore

/// Decodes clips with the helper program `posevault-decode`, a new process for each, which can do nothing else. Calls
/// wait for a thread, within the pool's limits on time and number.
public final class HelperClips: Sendable {
  private let program: DecoderProgram
  private let limits: DecoderLimits
  private let threads: BlockingPool

  /// - Parameters:
  ///   - limits: for each clip.
  ///   - threads: where calls wait for the helper; its size limits how many run at once.
  public init(_ program: DecoderProgram, limits: DecoderLimits, threads: BlockingPool) {
    self.program = program
    self.limits = limits
    self.threads = threads
  }

  /// Decodes a clip, and delivers its frames meanwhile; the next one is not read before `frame` returns.
  ///
  /// - Parameters:
  ///   - file: a descriptor of the whole clip, open for reading and seekable; it stays open.
  ///   - head: called once with what is known before the first frame.
  ///   - frame: anything it throws ends the helper and is rethrown. Both run on a thread that may block.
  ///
  /// Throws ``PoseVaultError``: `unsupportedImage`, `corruptImage`, `imageTooLarge`, `fileSystem` if the helper can't
  /// be started, `internal` if it violates its protocol, `queueFull`; `CancellationError`.
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
