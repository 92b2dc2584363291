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
  }

  deinit {
    ov_core_free(core)
  }

  /// Reads the model file at `path` and makes it ready for one inference at a time, on one thread.
  ///
  /// Throws `modelUnavailable`.
  func compile(modelAt path: String) throws -> CompiledModel {
    var model: OpaquePointer?
    model = try handle(model, after: ov_core_read_model(core, path, nil, &model), "The model \(path) can't be read")
    defer { ov_model_free(model) }

    var compiled: OpaquePointer?
    let properties = [
      // newer processors would compute in bf16 unasked
      ov_property_t("INFERENCE_PRECISION_HINT", "f32"),
      ov_property_t("NUM_STREAMS", "1"),
      ov_property_t("INFERENCE_NUM_THREADS", "1"),
      // pinned, the requests of two workers can end up on one core
      ov_property_t("ENABLE_CPU_PINNING", "NO"),
    ]
    let status = ov_core_compile_model_props(core, model, "CPU", properties.count, properties, &compiled)
    return CompiledModel(try handle(compiled, after: status, "The model \(path) can't be compiled"))
  }
}

/// `handle`, unless the call that was to make it failed.
private func handle(
  _ handle: @autoclosure () -> OpaquePointer?, after status: ov_status_e, _ what: String
) throws -> OpaquePointer {
  try check(status, what)
  guard let handle = handle() else { throw PoseVaultError(.modelUnavailable, "\(what).") }
  return handle
}

/// Throws `modelUnavailable` with OpenVINO's own words unless `status` is OK.
func check(_ status: ov_status_e, _ what: String) throws {
  guard status != OK else { return }
  let reason = ov_get_last_err_msg().map { message in
    defer { ov_free(message) }
    return String(cString: message)
  }
  throw PoseVaultError(.modelUnavailable, "\(what): \(reason ?? "status \(status.rawValue)")")
}

extension StaticString {
  fileprivate var cString: UnsafePointer<CChar> { UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}

extension ov_property_t {
  fileprivate init(_ key: StaticString, _ value: StaticString) {
    self.init(key: key.cString, value: value.cString)
  }
}
