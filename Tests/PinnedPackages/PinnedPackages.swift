// No code. `Package.swift` pins every package that is resolved, also those that only other packages use, so that two
// builds of one commit are of the same sources; Package.resolved holds the addresses of a mirror where one is used, so it
// is not kept. SwiftPM warns of a dependency that no target names, so this target names them. The program does not
// depend on it.
