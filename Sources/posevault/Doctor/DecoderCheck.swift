import Decoding
import PoseCore

/// Whether HEIC and AVIF can be read here. They need not be.
enum DecoderCheck {
  static func run(_ report: inout DoctorReport) async {
    guard let program = DecoderProgram.locate() else {
      report.tell(
        .good, "HEIC and AVIF are not supported: `make decode`, or the package posevault-decode, adds them.")
      return
    }
    let kinds = (try? await Composition.kinds(of: program)) ?? []
    let formats = HelperPictures(program, kinds: kinds).formats
    let missing = ImageFormat.allCases.filter { !$0.isBuiltIn && !formats.contains($0) }
    guard !missing.isEmpty else {
      report.tell(.good, "HEIC and AVIF are read by \(program.path).")
      return
    }
    let names = missing.map(\.name).joined(separator: " and ")
    report.tell(
      .notice,
      "\(program.path) can't read \(names): it requires libheif with its decoders, and the same version as posevault."
    )
  }
}
