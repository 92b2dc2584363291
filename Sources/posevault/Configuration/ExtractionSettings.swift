import Foundation

/// The settings for finding people in pictures.
struct ExtractionSettings: Sendable, Equatable {
  /// The file of a different landmark model, lite or heavy; nil for the one included with the program.
  var model: String?
  /// Pictures processed at once.
  var workers: Int
  /// The largest file.
  var maxBytes: Int
  /// The largest picture.
  var maxPixels: Int
  /// Over all pictures being decoded or processed.
  var pixelsInFlight: Int
  /// Pictures that may wait for a worker, and for how long.
  var maxWaiting: Int
  var waitLimit: Duration

  init(_ form: inout SettingsForm) {
    model = form.value(.poseModel, allowed: "the path of an existing landmark model (.tflite)") { path in
      FileManager.default.isReadableFile(atPath: path) ? path : nil
    }
    workers = form.integer(.workers, 1...256, default: ProcessInfo.processInfo.activeProcessorCount)
    maxBytes = form.integer(.maxUpload, 1...1024, default: 25) * 1024 * 1024
    maxPixels = form.integer(.maxMegapixels, 1...1000, default: 50) * 1_000_000
    pixelsInFlight = form.integer(.maxMegapixelsInFlight, 1...10_000, default: 100) * 1_000_000
    maxWaiting = form.integer(.maxQueue, 0...10_000, default: 64)
    waitLimit = form.seconds(.queueTimeout, 1...600, default: .seconds(30))
  }
}

extension ExtractionSettings {
  /// Throws ``SettingsMistakes`` for these keys only: a command without storage and server needs no others.
  static func load(_ source: SettingsSource) throws -> ExtractionSettings {
    var form = SettingsForm(source)
    let settings = ExtractionSettings(&form)
    if !form.mistakes.isEmpty { throw SettingsMistakes(source, form.mistakes) }
    return settings
  }
}
