import COpenVINO
import Foundation
import PoseCore

/// A model ready for inference.
final class CompiledModel: @unchecked Sendable {
  // Guarded by: OpenVINO, whose compiled models may make requests from several threads; the handle never changes.
  private let handle: OpaquePointer
  /// What it was loaded from: OpenVINO reads the weights in place.
  private let source: ExportedModel?

  init(_ handle: OpaquePointer, of source: ExportedModel? = nil) {
    self.handle = handle
    self.source = source
  }

  deinit {
    ov_compiled_model_free(handle)
  }

  /// From which ``InferenceRuntime/load(_:)`` makes another one.
  func exported() throws -> ExportedModel {
    let file = FileManager.default.temporaryDirectory.appending(path: "posevault-\(UUID().uuidString).model")
    defer { try? FileManager.default.removeItem(at: file) }
    try check(ov_compiled_model_export_model(handle, file.path), "The compiled model can't be exported")
    do {
      return ExportedModel(try Data(contentsOf: file))
    } catch {
      throw PoseVaultError(.modelUnavailable, "The compiled model can't be read from \(file.path).", cause: error)
    }
  }

  /// A request with its own memory for inputs and outputs, to be used by one thread at a time.
  func makeRequest() throws -> InferenceRequest {
    var outputCount = 0
    try check(ov_compiled_model_outputs_size(handle, &outputCount), "The model's outputs can't be counted")
    var request: OpaquePointer?
    try check(ov_compiled_model_create_infer_request(handle, &request), "An inference request can't be made")
    guard let request else { throw PoseVaultError(.modelUnavailable, "An inference request can't be made.") }
    return try InferenceRequest(request, of: self, outputCount: outputCount)
  }
}

/// A compiled model as OpenVINO writes it to a file, in memory that does not move.
final class ExportedModel: @unchecked Sendable {
  // Guarded by: nobody writes to it once it is made.
  let bytes: UnsafeRawBufferPointer

  init(_ content: some DataProtocol) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: content.count, alignment: 4096)
    content.copyBytes(to: memory)
    bytes = UnsafeRawBufferPointer(memory)
  }

  deinit {
    bytes.deallocate()
  }
}

/// One inference at a time on one ``CompiledModel`` with one input; used by one thread at a time.
final class InferenceRequest {
  private let handle: OpaquePointer
  private let model: CompiledModel
  private let input: Tensor
  private let outputs: [Tensor]

  /// Takes ownership of `handle`.
  fileprivate init(_ handle: OpaquePointer, of model: CompiledModel, outputCount: Int) throws {
    self.handle = handle
    self.model = model
    do {
      input = try Tensor { ov_infer_request_get_input_tensor(handle, $0) }
      outputs = try (0..<outputCount).map { index in
        try Tensor { ov_infer_request_get_output_tensor_by_index(handle, index, $0) }
      }
    } catch {
      ov_infer_request_free(handle)
      throw error
    }
  }

  deinit {
    ov_infer_request_free(handle)
  }

  func infer() throws {
    try check(ov_infer_request_infer(handle), "Inference failed")
  }

  /// The input's values; throws `modelUnavailable` if it has a different shape.
  func input(_ shape: [Int]) throws -> UnsafeMutablePointer<Float> {
    guard input.shape == shape else {
      throw PoseVaultError(
        .modelUnavailable,
        "This is not a MediaPipe Pose model: its input has the shape \(input.shape), not \(shape).")
    }
    return input.values
  }

  /// The output with that shape; throws `modelUnavailable` if the model has none.
  func output(_ shape: [Int]) throws -> Tensor {
    guard let output = outputs.first(where: { $0.shape == shape }) else {
      let found = outputs.map { "\($0.shape)" }.joined(separator: ", ")
      throw PoseVaultError(
        .modelUnavailable, "This is not a MediaPipe Pose model: it has no output of shape \(shape), but \(found).")
    }
    return output
  }
}

/// Single-precision values that OpenVINO owns as part of a request; they don't move as long as it lives.
final class Tensor {
  let shape: [Int]
  let values: UnsafeMutablePointer<Float>
  private let handle: OpaquePointer

  fileprivate init(_ get: (UnsafeMutablePointer<OpaquePointer?>) -> ov_status_e) throws {
    var tensor: OpaquePointer?
    try check(get(&tensor), "The model's tensor can't be found")
    guard let tensor else { throw PoseVaultError(.modelUnavailable, "The model's tensor can't be found.") }
    do {
      (shape, values) = try Self.contents(of: tensor)
    } catch {
      ov_tensor_free(tensor)
      throw error
    }
    handle = tensor
  }

  deinit {
    ov_tensor_free(handle)
  }

  private static func contents(of tensor: OpaquePointer) throws -> ([Int], UnsafeMutablePointer<Float>) {
    var type = DYNAMIC
    try check(ov_tensor_get_element_type(tensor, &type), "The model's tensor has no type")
    var shape = ov_shape_t()
    try check(ov_tensor_get_shape(tensor, &shape), "The model's tensor has no shape")
    defer { ov_shape_free(&shape) }
    var data: UnsafeMutableRawPointer?
    try check(ov_tensor_data(tensor, &data), "The model's tensor has no data")
    guard type == F32, let data else {
      throw PoseVaultError(.modelUnavailable, "The model's tensors are not single precision.")
    }
    let sides = UnsafeBufferPointer(start: shape.dims, count: Int(shape.rank)).map { Int($0) }
    return (sides, data.assumingMemoryBound(to: Float.self))
  }
}
