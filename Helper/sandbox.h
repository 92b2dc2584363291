#ifndef POSEVAULT_SANDBOX_H
#define POSEVAULT_SANDBOX_H

#include "arguments.h"

/// What is done first of all: closes every descriptor but 0 and 1, has 2 lead nowhere, starts
/// the clock, and keeps the memory allocator
/// and threads from reserving address space that `limits.memory` would have to grant.
void sandbox_prepare(const struct limits *limits);

/// What is done last before the input is read, with all libraries loaded. From here on nothing can be opened,
/// connected, run or sent to others. NULL, or which part could not be set: then nothing may be decoded.
const char *sandbox_enter(const struct request *request);

#endif
