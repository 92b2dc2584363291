#pragma once
#include <stddef.h>

/// A file of the web page, built into the program.
struct WebFile {
  /// Where it is served, such as `/app/main.js`.
  const char *path;
  const char *content_type;
  const unsigned char *bytes;
  size_t length;
};

/// The file number `index`, from 0; NULL after the last.
const struct WebFile *web_file(size_t index);
