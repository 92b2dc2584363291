#ifndef POSEVAULT_CLIP_H
#define POSEVAULT_CLIP_H

#include "arguments.h"
#include "input.h"

/// Loads what decoding a clip takes, before the sandbox.
void clip_prepare(void);

/// Writes the frames of the clip's video stream as records, in the order in which they are shown. Returns the exit
/// status.
int clip_decode(const struct request *request, struct input *input);

/// Prints which clips are decoded, and by what.
void clip_print_version(void);

#endif
