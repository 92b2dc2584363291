/// The one place that says which version this is.
let programVersion = "0.1.0"
