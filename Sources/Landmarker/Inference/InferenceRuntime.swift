import COpenVINO
import Glibc
import PoseCore

/// OpenVINO in this process, on the CPU.
final class InferenceRuntime: @unchecked Sendable {
  // Guarded by: OpenVINO, whose `ov::Core` may be used from several threads at once; the handle never changes.
  private let core: OpaquePointer

  /// Throws `modelUnavailable`.
  init() throws {
    // OpenVINO looks there for plugins, and ends the process where it is refused
    guard access(".", X_OK) == 0 || errno != EACCES else {
      throw PoseVaultError(
        .modelUnavailable,
        "The inference runtime can't start in a working directory that this user may not enter: start in another one.")
    }
    var core: OpaquePointer?
    self.core = try handle(core, after: ov_core_create(&core), "The inference runtime can't start")
    for (key, value) in Self.properties {
      try check(posevault_set_cpu_property(self.core, key, value), "The inference runtime can't be set up")
    }
  }

  deinit {
    ov_core_free(core)
  }

  /// Compiles the model file at `path`, called `name` in errors, for one inference at a time, on one thread.
  ///
  /// Throws `modelUnavailable`.
  func compile(modelAt path: String, named name: String) throws -> CompiledModel {
    var model: OpaquePointer?
    model = try handle(model, after: ov_core_read_model(core, path, nil, &model), "The model \(name) can't be read")
    defer { ov_model_free(model) }

    var compiled: OpaquePointer?
    let status = ov_core_compile_model_props(core, model, "CPU", 0, nil, &compiled)
    return CompiledModel(try handle(compiled, after: status, "The model \(name) can't be compiled"))
  }

  /// The compiled model that was exported as `source`, in a fifth of the time that compiling takes.
  ///
  /// Throws `modelUnavailable`, also for exports of a different version or processor.
  func load(_ source: ExportedModel) throws -> CompiledModel {
    var compiled: OpaquePointer?
    let content = source.bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
    let status = ov_core_import_model(core, content, source.bytes.count, "CPU", &compiled)
    return CompiledModel(try handle(compiled, after: status, "The compiled model can't be loaded"), of: source)
  }

  private static let properties: KeyValuePairs = [
    // newer processors would compute in bf16 unasked
    "INFERENCE_PRECISION_HINT": "f32",
    "NUM_STREAMS": "1",
    "INFERENCE_NUM_THREADS": "1",
    // pinned, the requests of two workers can end up on one core
    "ENABLE_CPU_PINNING": "NO",
  ]

  /// Distinguishes compiled models of different versions.
  static var compiler: String {
    let versions = LandmarkerLibraries.versions.map { "\($0.name) \($0.version)" }
    return "\(versions) \(properties)"
  }
}

/// `handle`, unless the call that was to create it failed.
private func handle(
  _ handle: @autoclosure () -> OpaquePointer?, after status: ov_status_e, _ what: String
) throws -> OpaquePointer {
  try check(status, what)
  guard let handle = handle() else { throw PoseVaultError(.modelUnavailable, "\(what).") }
  return handle
}

/// Throws `modelUnavailable` with OpenVINO's own message unless `status` is OK.
func check(_ status: ov_status_e, _ what: String) throws {
  guard status != OK else { return }
  let reason = ov_get_last_err_msg().map { message in
    defer { ov_free(message) }
    return String(cString: message)
  }
  throw PoseVaultError(.modelUnavailable, "\(what): \(reason ?? "status \(status.rawValue)")")
}
