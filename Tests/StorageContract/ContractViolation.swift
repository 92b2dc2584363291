import PoseCore

/// A storage did not do what the contract says.
public struct ContractViolation: Error, CustomStringConvertible {
  public let description: String

  init(_ what: String, _ line: UInt, _ file: StaticString) {
    description = "\(file):\(line): \(what)"
  }
}

func require(
  _ condition: Bool, _ what: @autoclosure () -> String, line: UInt = #line, file: StaticString = #fileID
) throws {
  guard condition else { throw ContractViolation(what(), line, file) }
}

func requirePresent<Value>(_ found: Value?, line: UInt = #line, file: StaticString = #fileID) throws -> Value {
  guard let found else { throw ContractViolation("found nothing", line, file) }
  return found
}

func requireEqual<Value: Equatable>(
  _ found: Value, _ expected: Value, _ what: String, line: UInt = #line, file: StaticString = #fileID
) throws {
  guard found == expected else {
    throw ContractViolation("\(what): found \(brief(found)), not \(brief(expected))", line, file)
  }
}

func requireError(
  _ code: PoseVaultError.Code, _ what: String, line: UInt = #line, file: StaticString = #fileID,
  _ body: () async throws -> Void
) async throws {
  do {
    try await body()
  } catch let error as PoseVaultError where error.code == code {
    return
  } catch {
    throw ContractViolation("\(what): threw \(error), not \(code)", line, file)
  }
  throw ContractViolation("\(what): did not throw \(code)", line, file)
}

/// Asks again for at most 5 s until `condition` holds.
func requireSoon(
  _ what: String, line: UInt = #line, file: StaticString = #fileID, _ condition: () async throws -> Bool
) async throws {
  for _ in 0..<500 {
    if try await condition() { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  throw ContractViolation(what, line, file)
}

private func brief(_ value: some Any) -> String {
  let text = "\(value)"
  return text.count > 500 ? text.prefix(500) + "…" : text
}
