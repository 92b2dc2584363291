import NIOCore
import PoseCore

/// Collects a picture from the pieces of a request's body, and gives up as soon as a limit is exceeded.
struct UploadCollector: ~Copyable {
  private(set) var image = ByteBuffer()
  private(set) var fileName: String?
  private let maxBytes: Int
  private let parameters: [String]
  private let budget: Budget
  private var taken = 0
  private var multipart: MultipartParser?
  private var fieldsSeen = 0
  private var inImage = false
  private var encoding = TransferDecoder.none

  /// Units are taken in steps of this many bytes.
  private static let step = 256 * 1024
  /// What a multipart body may contain besides the picture: boundaries, headers, other fields.
  static let multipartAllowance = 256 * 1024

  /// - Parameters:
  ///   - boundary: nil if the whole body is the picture.
  ///   - parameters: of the route's query: a form field with such a name is refused, since it would have no effect.
  ///   - budget: bytes in flight over all requests; what was taken is returned when the collector is gone.
  init(boundary: String?, maxBytes: Int, parameters: [String] = [], budget: Budget) {
    multipart = boundary.map { MultipartParser(boundary: $0) }
    self.maxBytes = maxBytes
    self.parameters = parameters
    self.budget = budget
  }

  deinit {
    if taken > 0 { budget.give(taken) }
  }

  /// Takes units for the next piece. Throws ``PoseVaultError`` with `queueFull`, and then has changed nothing.
  mutating func reserve(_ bytes: Int) throws {
    // no more is ever kept, so no more is needed
    let wanted = min(image.readableBytes + bytes, maxBytes)
    while taken < wanted {
      try budget.takeNow(Self.step)
      taken += Self.step
    }
  }

  /// Throws ``PoseVaultError`` with `imageTooLarge`, `queueFull`, or `badRequest` for a malformed body.
  mutating func add(_ piece: ByteBuffer) throws {
    guard var parser = multipart else { return try piece.withUnsafeReadableBytes { try append($0) } }
    multipart = nil  // else the parser's buffers would be copied
    defer { multipart = parser }
    do {
      try piece.withUnsafeReadableBytes { try parser.parse($0) { try handle($0) } }
    } catch let failure as MultipartParser.Failure {
      throw PoseVaultError(.badRequest, failure.message)
    }
  }

  /// Throws ``PoseVaultError`` with `imageMissing` if there was no picture, `badRequest` if the body was truncated.
  mutating func finish() throws -> Upload {
    if let parser = multipart {
      do {
        try parser.finish()
      } catch let failure as MultipartParser.Failure {
        throw PoseVaultError(.badRequest, failure.message)
      }
      guard fieldsSeen > 0 else {
        throw PoseVaultError(
          .imageMissing, "The form has no field \"image\". Send the picture in a field of that name.")
      }
    }
    guard image.readableBytes > 0 else {
      throw PoseVaultError(.imageMissing, "The picture is empty.")
    }
    return Upload(image: image, fileName: fileName)
  }

  private mutating func handle(_ event: MultipartParser.Event) throws {
    switch event {
    case .begin(let part):
      inImage = part.name == "image"
      guard inImage else { return try requireNoParameter(part.name) }
      fieldsSeen += 1
      guard fieldsSeen == 1 else {
        throw PoseVaultError(.badRequest, "The form has more than one field \"image\". Send one picture at a time.")
      }
      try PoseVaultError.requireIdentity(part.contentEncoding.map { [$0] } ?? [], "The part's Content-Encoding")
      encoding = try TransferDecoder(part.transferEncoding)
      fileName = part.fileName
    case .content(let bytes):
      guard inImage else { return }
      guard case .base64(var decoder) = encoding else { return try append(bytes) }
      guard let decoded = try? decoder.decode(bytes) else { throw TransferDecoder.noBase64 }
      encoding = .base64(decoder)
      try decoded.withUnsafeBytes { try append($0) }
    case .end:
      if inImage, case .base64(let decoder) = encoding {
        guard let rest = try? decoder.finish() else { throw TransferDecoder.noBase64 }
        try rest.withUnsafeBytes { try append($0) }
      }
      inImage = false
    }
  }

  /// Other fields are ignored, but one that is named like a parameter was meant to be one.
  private func requireNoParameter(_ field: String?) throws {
    guard let field, let parameter = Spelling.nearest(to: field, among: parameters, most: 2) else { return }
    let shown = EscapedText.line(field)
    throw PoseVaultError(
      .badRequest,
      "The form's field \"\(shown)\" means nothing: \(parameter) belongs into the query of the address, as "
        + "?\(parameter)=….",
      details: ["field": shown, "parameter": parameter])
  }

  private mutating func append(_ bytes: UnsafeRawBufferPointer) throws {
    let length = image.readableBytes + bytes.count
    guard length <= maxBytes else { throw PoseVaultError.pictureTooLarge(maxBytes: maxBytes) }
    try reserve(bytes.count)
    image.writeBytes(bytes)
  }
}

extension MultipartParser.Failure {
  /// For a person.
  var message: String {
    switch self {
    case .boundaryMissing: "The form's boundary from the Content-Type doesn't occur in the body."
    case .lineEnding: "The form's lines must end with CR LF."
    case .malformedBoundaryLine: "A boundary line of the form is malformed."
    case .malformedHeader: "A header line in the form is malformed."
    case .headerTooLong: "A header in the form is too long."
    case .preambleTooLong: "There is too much text before the form's first boundary."
    case .tooManyParts: "The form has too many fields."
    case .truncated: "The form is incomplete: its closing boundary is missing."
    }
  }
}
