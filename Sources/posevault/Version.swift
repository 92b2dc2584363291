/// The only place that defines the version.
let programVersion = "0.1.0"
