import Foundation
import Testing

@testable import posevault

@Suite("A .env file is read as Node's dotenv reads it")
struct DotEnvTests {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let text: String
    let values: [String: String]
    var testDescription: String { text.debugDescription }
  }

  /// What dotenv itself made of each text; `regenerate.js` beside the file asks it.
  static func cases() throws -> [Case] {
    try JSONDecoder().decode([Case].self, from: Data(contentsOf: Fixture.url("dotenv/cases.json")))
  }

  @Test("every sample gives dotenv's values")
  func samples() throws {
    let cases = try Self.cases()
    #expect(cases.count > 900)
    for sample in cases {
      #expect(DotEnv.Entries(sample.text).values == sample.values, "\(sample.text.debugDescription)")
    }
  }
}
